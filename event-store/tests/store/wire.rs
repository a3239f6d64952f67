//! The parts of the protocol's messages that the misbehaving server needs.

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct SupportedMethods {
    #[prost(string, tag = "2")]
    pub(crate) version: String,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct ClusterInfo {
    #[prost(message, repeated, tag = "1")]
    pub(crate) members: Vec<MemberInfo>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct MemberInfo {
    #[prost(int32, tag = "3")]
    pub(crate) state: i32,
    #[prost(bool, tag = "4")]
    pub(crate) is_alive: bool,
    #[prost(message, optional, tag = "5")]
    pub(crate) http_end_point: Option<EndPoint>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct EndPoint {
    #[prost(string, tag = "1")]
    pub(crate) address: String,
    #[prost(uint32, tag = "2")]
    pub(crate) port: u32,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct ReadReq {
    #[prost(message, optional, tag = "1")]
    pub(crate) options: Option<Options>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Options {
    #[prost(message, optional, tag = "2")]
    pub(crate) all: Option<AllOptions>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct AllOptions {
    #[prost(message, optional, tag = "1")]
    pub(crate) position: Option<Position>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct ReadResp {
    #[prost(message, optional, tag = "2")]
    pub(crate) confirmation: Option<Confirmation>,
    #[prost(message, optional, tag = "3")]
    pub(crate) checkpoint: Option<Position>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Confirmation {
    #[prost(string, tag = "1")]
    pub(crate) subscription_id: String,
}

#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(crate) struct Position {
    #[prost(uint64, tag = "1")]
    pub(crate) commit: u64,
    #[prost(uint64, tag = "2")]
    pub(crate) prepare: u64,
}
