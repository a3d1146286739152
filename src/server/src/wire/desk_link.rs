//! How a desk signs in by a link.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::WireTime;

/// A link that signs somebody's desk in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeLink {
    /// `call_handler`, `coordinator` or `admin`, and no more than whoever makes it may do.
    pub role: String,
    /// Who they are: the name that stands in every log.
    pub sub: String,
    /// How long it waits to be opened, seconds: 60 to 86,400; ten minutes unless said otherwise.
    pub ttl_s: Option<u32>,
}

/// A link.
#[derive(Serialize, ToSchema)]
pub struct LinkView {
    /// The page that takes it, on this server. The fragment never reaches a server.
    #[schema(example = "/desk/#code=7K3Q-9FMB-T2XC")]
    pub path: String,
    /// When it is good no more; opening it ends it as well.
    pub expires_at: WireTime,
}

/// A desk signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UseLink {
    /// From the link.
    pub code: String,
}
