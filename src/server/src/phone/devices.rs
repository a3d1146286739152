//! A responder's own phones.

use actix_web::{HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as KEY;
use muster_core::dispatch::Dispatch;
use muster_core::domain::ids::DeviceId;
use muster_core::domain::push::{Platform, PushAddress};
use muster_core::ports::Device;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web_push_native::p256::PublicKey;

use crate::auth::permissions::Responder;
use crate::view::body::Body;
use crate::view::deadline::change;
use crate::view::error::{ApiError, Problem};
use crate::view::invalid::{ID_MAX, Invalid, id, text};

/// Registers a phone. A push address that another responder had leaves that one.
#[utoipa::path(
    put, path = "/v1/me/devices/{device_id}", tag = "me", request_body = PutDevice,
    params(("device_id" = String, Path)),
    responses((status = 200, body = DeviceView), (status = 400, body = Problem),
        (status = 404, body = Problem, description = "`not_enrolled`")),
)]
pub(crate) async fn put(
    dispatch: web::Data<Dispatch>,
    me: Responder,
    device_id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let device = body.read::<PutDevice>()?.check(device_id.into_inner())?;
    let view = DeviceView {
        device_id: device.id.0.clone(),
        platform: device.platform.as_str(),
    };
    change(async move { dispatch.put_device(me.no, device).await }).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Removes a phone; no alert goes there any more, and its session ends.
#[utoipa::path(
    delete, path = "/v1/me/devices/{device_id}", tag = "me", params(("device_id" = String, Path)),
    responses((status = 204, description = "Removed."),
        (status = 404, body = Problem, description = "`not_enrolled`, `not_found`")),
)]
pub(crate) async fn delete(
    dispatch: web::Data<Dispatch>,
    me: Responder,
    device_id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let device = DeviceId(device_id.into_inner());
    change(async move { dispatch.delete_device(me.no, &device).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Longest push token or endpoint, characters.
const PUSH_MAX: usize = 4096;

/// A phone to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutDevice {
    /// `android`, `ios` or `web`.
    #[schema(value_type = String)]
    pub platform: Platform,
    /// Where pushes go.
    pub push: PushIn,
}

/// Where pushes go: one of these.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PushIn {
    /// FCM registration token.
    FcmToken(String),
    /// Firebase installation id.
    FcmFid(String),
    /// A browser's subscription.
    Webpush(WebpushIn),
}

/// A browser's push subscription.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebpushIn {
    /// The push service's URL for this browser.
    pub endpoint: String,
    /// The browser's public key, a point of P-256: base64url, or ordinary base64.
    pub p256dh: String,
    /// The shared secret, 16 bytes: base64url, or ordinary base64.
    pub auth: String,
}

impl PushIn {
    fn address(self) -> Result<PushAddress, Invalid> {
        Ok(match self {
            Self::FcmToken(token) => {
                PushAddress::FcmToken(text("push.fcm_token", token, PUSH_MAX)?)
            }
            Self::FcmFid(fid) => PushAddress::FcmFid(text("push.fcm_fid", fid, PUSH_MAX)?),
            Self::Webpush(push) => {
                let endpoint = text("push.webpush.endpoint", push.endpoint, PUSH_MAX)?;
                // in the clear to this machine alone, where a simulated server has its push service
                let clear = ["http://127.0.0.1:", "http://localhost:"];
                let secure = endpoint.starts_with("https://");
                if !secure && !clear.iter().any(|host| endpoint.starts_with(host)) {
                    return Err(Invalid::new("push.webpush.endpoint", "https:// expected"));
                }
                PushAddress::Webpush {
                    endpoint,
                    p256dh: key(
                        "push.webpush.p256dh",
                        push.p256dh,
                        "a point of P-256 in base64url expected",
                        |bytes| PublicKey::from_sec1_bytes(bytes).is_ok(),
                    )?,
                    auth: key(
                        "push.webpush.auth",
                        push.auth,
                        "16 bytes in base64url expected",
                        |bytes| bytes.len() == 16,
                    )?,
                }
            }
        })
    }
}

/// A key of a subscription as it is kept, in base64url without padding. Pages write it so, scripts
/// with `btoa` in the other alphabet, either with or without padding. With a key that is none every
/// alert would fail, so it is refused when it comes.
fn key(
    field: &str,
    value: String,
    expected: &str,
    is_key: impl Fn(&[u8]) -> bool,
) -> Result<String, Invalid> {
    let value = text(field, value, ID_MAX)?
        .replace('+', "-")
        .replace('/', "_");
    let bytes = KEY.decode(value.trim_end_matches('='));
    let key = bytes.ok().filter(|bytes| is_key(bytes));
    key.map(|bytes| KEY.encode(bytes))
        .ok_or_else(|| Invalid::new(field, expected))
}

impl PutDevice {
    /// Checks every value.
    pub(crate) fn check(self, device: String) -> Result<Device, Invalid> {
        Ok(Device {
            id: DeviceId(id("device_id", device)?),
            platform: self.platform,
            address: self.push.address()?,
        })
    }
}

/// A registered phone. The push address is not repeated.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeviceView {
    /// As the phone names itself.
    pub device_id: String,
    /// What it runs on.
    pub platform: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_has_exactly_one_push_address() {
        let read = |text| serde_json::from_str::<PutDevice>(text);
        assert!(read(r#"{"platform": "ios", "push": {"fcm_fid": "f"}}"#).is_ok());
        assert!(read(r#"{"platform": "ios", "push": {}}"#).is_err());
        assert!(
            read(r#"{"platform": "ios", "push": {"fcm_fid": "f", "fcm_token": "t"}}"#).is_err()
        );
        assert!(read(r#"{"platform": "fax", "push": {"fcm_fid": "f"}}"#).is_err());
        let plain = r#"{"platform": "web", "push": {"webpush":
            {"endpoint": "http://push.example", "p256dh": "k", "auth": "a"}}}"#;
        assert!(read(plain).unwrap().check("d".to_owned()).is_err());
    }

    /// The keys of the example of RFC 8291, as its page shows them.
    const P256DH: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    fn subscribed(p256dh: &str, auth: &str) -> Result<(String, String), String> {
        let push = WebpushIn {
            endpoint: "https://push.example/1".to_owned(),
            p256dh: p256dh.to_owned(),
            auth: auth.to_owned(),
        };
        match PushIn::Webpush(push).address() {
            Ok(PushAddress::Webpush { p256dh, auth, .. }) => Ok((p256dh, auth)),
            Ok(_) => panic!("another kind of address"),
            Err(invalid) => Err(invalid.field),
        }
    }

    #[test]
    fn keys_in_either_alphabet_with_and_without_padding_are_kept_alike() {
        let kept = Ok((P256DH.to_owned(), AUTH.to_owned()));
        let ordinary = |key: &str| key.replace('-', "+").replace('_', "/");
        let padded = |key: &str| format!("{key}{}", "=".repeat((4 - key.len() % 4) % 4));
        assert_eq!(subscribed(P256DH, AUTH), kept);
        assert_eq!(subscribed(&ordinary(P256DH), &ordinary(AUTH)), kept);
        assert_eq!(subscribed(&padded(P256DH), &padded(AUTH)), kept);
        assert_eq!(
            subscribed(&padded(&ordinary(P256DH)), &padded(&ordinary(AUTH))),
            kept
        );
    }

    #[test]
    fn what_is_no_key_is_refused_and_named() {
        let off_the_curve = KEY.encode([4; 65]);
        let at_infinity = KEY.encode([0]);
        let cut = P256DH.get(..80).unwrap();
        for wrong in ["k", "?", "", cut, AUTH, &off_the_curve, &at_infinity] {
            let field = Err("push.webpush.p256dh".to_owned());
            assert_eq!(subscribed(wrong, AUTH), field, "{wrong}");
        }
        let long = KEY.encode([7; 17]);
        let short = KEY.encode([7; 15]);
        for wrong in ["a", "!", "", P256DH, &long, &short] {
            let field = Err("push.webpush.auth".to_owned());
            assert_eq!(subscribed(P256DH, wrong), field, "{wrong}");
        }
    }
}
