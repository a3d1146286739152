//! What is so of the whole server.

use tokio::sync::watch;

/// What is so of the whole server, whoever asks.
pub(crate) struct Installation {
    /// Nobody real is alerted by this server.
    pub(crate) simulated: bool,
    /// The control room's telephone.
    pub(crate) control_room_phone: Option<String>,
    /// The public key that browsers subscribe with, base64url.
    pub(crate) push_key: String,
    /// Becomes true when the server must stop.
    pub(crate) shutdown: watch::Receiver<bool>,
}
