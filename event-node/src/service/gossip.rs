//! The cluster as clients see it: one node, which is the leader.

use std::net::SocketAddr;

use tonic::{Request, Response, Status};

use crate::clock::Ticks;
use crate::wire::event_store::client::gossip::gossip_server::Gossip;
use crate::wire::event_store::client::gossip::member_info::VNodeState;
use crate::wire::event_store::client::gossip::{ClusterInfo, EndPoint, MemberInfo};

pub(crate) struct OneNode {
    pub(crate) address: SocketAddr,
}

#[tonic::async_trait]
impl Gossip for OneNode {
    async fn read(&self, _: Request<()>) -> Result<Response<ClusterInfo>, Status> {
        let end_point =
            EndPoint { address: self.address.ip().to_string(), port: u32::from(self.address.port()) };
        let leader = MemberInfo {
            instance_id: None,
            time_stamp: Ticks::now().0,
            state: VNodeState::Leader.into(),
            is_alive: true,
            http_end_point: Some(end_point),
        };
        Ok(Response::new(ClusterInfo { members: vec![leader] }))
    }
}
