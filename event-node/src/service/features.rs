//! The methods and version of this node. Clients request them once per connection, and refuse a version that they
//! cannot parse.

use tonic::{Request, Response, Status};

use crate::wire::event_store::client::server_features::server_features_server::ServerFeatures;
use crate::wire::event_store::client::server_features::{SupportedMethod, SupportedMethods};

/// The server release whose behaviour this node follows.
pub(crate) const VERSION: &str = "23.10.8";
const STREAMS: &str = "event_store.client.streams.streams";
const METHODS: [&str; 5] = ["append", "batchappend", "delete", "read", "tombstone"];

pub(crate) struct Features;

#[tonic::async_trait]
impl ServerFeatures for Features {
    async fn get_supported_methods(&self, _: Request<()>) -> Result<Response<SupportedMethods>, Status> {
        let methods = METHODS.map(|method| SupportedMethod {
            method_name: method.to_owned(),
            service_name: STREAMS.to_owned(),
            features: Vec::new(),
        });
        let event_store_server_version = VERSION.to_owned();
        Ok(Response::new(SupportedMethods { methods: methods.into(), event_store_server_version }))
    }
}
