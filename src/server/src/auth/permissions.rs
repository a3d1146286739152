//! The extractors that are the permission: a handler gets one, or it does not run.
//! What a responder is shown of an incident, its address too: `phone/disclosure.rs`; what the desk is
//! shown: `desk/incident.rs`.

use std::borrow::Cow;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HOST, ORIGIN};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use muster_core::domain::event::Actor;
use muster_core::domain::ids::{OrgNo, ResponderNo};
use muster_core::domain::responder::Travel;
use muster_core::domain::time::Timestamp;

use crate::auth::identities::Identities;
use crate::auth::{Principal, Role};
use crate::view::error::{ApiError, Code};

/// Name of the cookie that holds a browser's token.
pub(crate) const SESSION: &str = "muster_session";

/// Who may raise and lead incidents: call handlers, coordinators, admins.
pub(crate) struct CallHandler {
    pub(crate) org: OrgNo,
    pub(crate) actor: Actor,
    /// When the token ends.
    pub(crate) until: Timestamp,
}

/// Who may verify responders: coordinators, admins.
pub(crate) struct Coordinator {
    pub(crate) org: OrgNo,
    pub(crate) actor: Actor,
}

/// A responder who is enrolled, speaking for themselves.
#[derive(Clone)]
pub(crate) struct Responder {
    pub(crate) org: OrgNo,
    pub(crate) no: ResponderNo,
    pub(crate) travel: Travel,
    pub(crate) actor: Actor,
    /// The one device of a session that was made by enrolment.
    pub(crate) device: Option<String>,
    /// When the token ends.
    pub(crate) until: Timestamp,
}

/// Whoever the organisation knows: its desk, and its responders who are enrolled. For what says
/// nothing of anybody.
pub(crate) struct Member;

/// Anybody with a good token.
pub(crate) struct SignedIn {
    pub(crate) who: Arc<Principal>,
    /// When the token ends.
    pub(crate) until: Timestamp,
}

/// Anybody with a good token, as the token stands in the header.
pub(crate) struct Bearer(pub(crate) String);

macro_rules! from_request {
    ($name:ident, $resolve:expr) => {
        impl FromRequest for $name {
            type Error = ApiError;
            type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let asked = principal(request);
                Box::pin(async move {
                    let (access, who) = asked?;
                    $resolve(&access, who).await
                })
            }
        }
    };
}

from_request!(CallHandler, CallHandler::of);
from_request!(Member, Member::of);
from_request!(Coordinator, Coordinator::of);
from_request!(Responder, Responder::of);

impl CallHandler {
    async fn of(access: &Identities, signed: SignedIn) -> Result<Self, ApiError> {
        let who = &*signed.who;
        allow(who, &[Role::CallHandler, Role::Coordinator, Role::Admin])?;
        Ok(Self {
            org: access.org_no(&who.org).await?,
            actor: actor(who),
            until: signed.until,
        })
    }
}

impl CallHandler {
    /// May do what only a coordinator may.
    pub(crate) fn coordinates(&self) -> bool {
        self.actor.role != Role::CallHandler.as_str()
    }
}

impl Coordinator {
    async fn of(access: &Identities, signed: SignedIn) -> Result<Self, ApiError> {
        let who = &*signed.who;
        allow(who, &[Role::Coordinator, Role::Admin])?;
        Ok(Self {
            org: access.org_no(&who.org).await?,
            actor: actor(who),
        })
    }
}

impl Responder {
    async fn of(access: &Identities, signed: SignedIn) -> Result<Self, ApiError> {
        let who = &*signed.who;
        allow(who, &[Role::Responder])?;
        let org = access.org_no(&who.org).await?;
        let known = access.known(org, &who.sub).await?;
        if let Some(device) = &who.device
            && !access.stands(known.no, device).await?
        {
            let detail = "the session has ended";
            return Err(ApiError::with_detail(Code::Unauthenticated, detail));
        }
        Ok(Self {
            org,
            no: known.no,
            travel: known.travel,
            actor: actor(who),
            device: who.device.clone(),
            until: signed.until,
        })
    }
}

impl Member {
    async fn of(access: &Identities, signed: SignedIn) -> Result<Self, ApiError> {
        match signed.who.role {
            Role::Responder => Responder::of(access, signed).await.map(|_| Self),
            Role::CallHandler | Role::Coordinator | Role::Admin => {
                CallHandler::of(access, signed).await.map(|_| Self)
            }
        }
    }
}

impl FromRequest for SignedIn {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(principal(request).map(|(_, signed)| signed))
    }
}

impl FromRequest for Bearer {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let token = bearer(request).map(str::to_owned);
        let good =
            principal(request).and_then(|_| token.ok_or_else(|| Code::Unauthenticated.into()));
        std::future::ready(good.map(Self))
    }
}

fn allow(who: &Principal, roles: &[Role]) -> Result<(), ApiError> {
    if roles.contains(&who.role) {
        return Ok(());
    }
    let detail = format!("not for the role {}", who.role.as_str());
    Err(ApiError::with_detail(Code::Forbidden, detail))
}

fn actor(who: &Principal) -> Actor {
    Actor {
        role: who.role.as_str().to_owned(),
        subject: who.sub.clone(),
        device: None,
    }
}

fn principal(request: &HttpRequest) -> Result<(web::Data<Identities>, SignedIn), ApiError> {
    let access = request
        .app_data::<web::Data<Identities>>()
        .ok_or_else(|| ApiError::with_cause(Code::Internal, "no state"))?;
    let token = match bearer(request) {
        Some(token) => Cow::from(token),
        None => Cow::from(session(request)?),
    };
    let (who, until) = access.verifier.verify_until(&token, access.now())?;
    Ok((access.clone(), SignedIn { who, until }))
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// The token of a browser's session. A cookie travels with requests that other sites make, so it
/// counts only when the browser says that its own site asked.
fn session(request: &HttpRequest) -> Result<String, ApiError> {
    let cookie = request.cookie(SESSION);
    let cookie = cookie.ok_or_else(|| ApiError::with_detail(Code::Unauthenticated, "no token"))?;
    check_origin(request)?;
    Ok(cookie.value().to_owned())
}

/// Browsers send `Origin` with every request that changes something.
pub(crate) fn check_origin(request: &HttpRequest) -> Result<(), ApiError> {
    let text = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let host = text(HOST);
    let own = match text(ORIGIN) {
        Some(origin) => {
            let site = origin.split_once("://").map(|(_, site)| site);
            site.is_some() && site == host
        }
        None => matches!(*request.method(), Method::GET | Method::HEAD),
    };
    if own {
        Ok(())
    } else {
        Err(Code::WrongOrigin.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::COOKIE;
    use actix_web::test::TestRequest;

    #[test]
    fn a_session_counts_only_on_its_own_site() {
        let request = |method, origin: Option<&'static str>| {
            let request = TestRequest::default()
                .method(method)
                .insert_header((HOST, "desk.example:8080"))
                .insert_header((COOKIE, "a=b; muster_session=t.o.k"));
            match origin {
                Some(origin) => request.insert_header((ORIGIN, origin)),
                None => request,
            }
            .to_http_request()
        };
        let own = Some("http://desk.example:8080");
        assert_eq!(session(&request(Method::POST, own)).unwrap(), "t.o.k");
        assert!(session(&request(Method::GET, None)).is_ok());
        for (method, origin) in [
            (Method::POST, None),
            (Method::POST, Some("null")),
            (Method::POST, Some("http://evil.example")),
            (Method::GET, Some("http://evil.example")),
        ] {
            let error = session(&request(method, origin)).unwrap_err();
            assert_eq!(error.code(), Code::WrongOrigin);
        }
    }

    #[test]
    fn the_scheme_of_the_header_may_be_written_in_any_case() {
        let request = TestRequest::default()
            .insert_header((AUTHORIZATION, "bearer  abc"))
            .to_http_request();
        assert_eq!(bearer(&request), Some("abc"));
    }
}
