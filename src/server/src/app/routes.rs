//! Every route, once: its method, path and entry in the description of the API are said by the
//! handler's attribute, its permission by the extractor that the handler takes.

use std::collections::HashMap;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Resource, http};
use utoipa::OpenApi;
use utoipa::openapi::HttpMethod;

use super::stores::Stores;
use crate::view::error::{ApiError, Code};
use crate::{desk, map, ops, phone, trackers};

/// A handler with its path, as its attribute says them.
struct Route {
    path: String,
    handler: actix_web::Route,
}

impl Route {
    fn new<P: utoipa::Path>(handler: actix_web::Route) -> Self {
        let methods = P::methods();
        Self {
            path: P::path(),
            handler: methods
                .iter()
                .map(method)
                .fold(handler, actix_web::Route::method),
        }
    }
}

fn method(method: &HttpMethod) -> http::Method {
    match method {
        HttpMethod::Get => http::Method::GET,
        HttpMethod::Put => http::Method::PUT,
        HttpMethod::Post => http::Method::POST,
        HttpMethod::Delete => http::Method::DELETE,
        HttpMethod::Patch => http::Method::PATCH,
        HttpMethod::Head => http::Method::HEAD,
        HttpMethod::Options => http::Method::OPTIONS,
        HttpMethod::Trace => http::Method::TRACE,
    }
}

macro_rules! routes {
    ($($($room:ident)::+ => $handler:ident;)+) => { pastey::paste! {
        /// The entries of all handlers.
        #[derive(OpenApi)]
        #[openapi(paths($($($room)::+::$handler),+))]
        pub(super) struct Paths;

        fn all() -> Vec<Route> {
            vec![$(
                Route::new::<$($room)::+::[<__path_ $handler>]>(web::to($($room)::+::$handler))
            ),+]
        }
    } };
}

// positions, most of all requests, come first: the router tries one after the other
routes! {
    phone::positions => report;
    trackers::owntracks => owntracks;
    trackers::traccar => traccar;
    trackers::traccar => traccar_query;
    desk::raise => raise;
    desk::incidents => list;
    desk::incidents => one;
    desk::changes => patch;
    desk::changes => release;
    desk::changes => widen;
    desk::changes => close;
    desk::changes => reopen;
    desk::changes => acknowledge;
    desk::changes => stand_down;
    desk::changes => correct;
    desk::people => people;
    desk::reports => reports;
    desk::log => log;
    desk::feed::connect => follow;
    phone::enrolment => sign_in;
    phone::channel::connect => connect;
    phone::me => me;
    phone::me => push_key;
    phone::me => put_readiness;
    phone::me => put_quiet;
    phone::me => put_places;
    phone::me => test_alert;
    phone::me => test_received;
    phone::duty => duty;
    phone::alerts => list;
    phone::alerts => received;
    phone::alerts => seen;
    phone::alerts => accept;
    phone::alerts => decline;
    phone::alerts => depart;
    phone::alerts => arrive;
    phone::alerts => with_patient;
    phone::alerts => finish;
    phone::alerts => not_safe;
    phone::alerts => safe;
    phone::report => tell;
    phone::devices => put;
    phone::devices => delete;
    ops::health => health;
    ops::health => ready;
    ops::health => metrics;
    ops::health => document;
    desk::session => current;
    desk::session => begin;
    desk::session => end;
    desk::links => make;
    desk::links => open;
    desk::form => form;
    desk::coverage => coverage;
    map::serve => aeds;
    map::serve => geocode;
    map::serve => map;
    map::serve => base;
    desk::responders => enrol;
    desk::responders => list;
    desk::responders => one;
    desk::responders => amend;
    desk::responders => phones;
    desk::responders => remove_lost;
    desk::responders => verify;
    desk::responders => suspend;
    desk::readiness => readiness;
    desk::follow_ups => list;
    desk::follow_ups => take;
    desk::follow_ups => done;
    desk::enrolment => make_code;
    trackers::credentials => make;
    trackers::credentials => list;
    trackers::credentials => revoke;
}

/// Hangs every handler on its route.
///
/// The router compares a path with a name in it by a regular expression: what belongs to one incident,
/// one responder or one alert shares a scope, so that it costs the others a single comparison.
pub(super) fn configure(stores: Stores) -> impl Fn(&mut ServiceConfig) {
    move |config| {
        stores.lend(config);
        for (scope, resources) in by_scope(all()) {
            match scope {
                None => resources.into_iter().for_each(|resource| {
                    config.service(resource);
                }),
                Some(path) => {
                    let scope = web::scope(&path);
                    config.service(resources.into_iter().fold(scope, actix_web::Scope::service));
                }
            }
        }
        pages(config);
        config.default_service(web::to(no_such_route));
    }
}

/// Resources with all their methods, by the path up to its first name, in the order of the table.
fn by_scope(routes: Vec<Route>) -> Vec<(Option<String>, Vec<Resource>)> {
    let mut paths: Vec<(String, Vec<actix_web::Route>)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for Route { path, handler } in routes {
        let at = *known.entry(path.clone()).or_insert(paths.len());
        if at == paths.len() {
            paths.push((path, Vec::new()));
        }
        paths[at].1.push(handler);
    }
    let mut scopes: Vec<(Option<String>, Vec<Resource>)> = Vec::new();
    for (path, handlers) in paths {
        let (scope, rest) = match path.find('}').map(|end| path.split_at(end + 1)) {
            Some((scope, rest)) => (Some(scope.to_owned()), rest),
            None => (None, path.as_str()),
        };
        let resource = handlers.into_iter().fold(at(rest), Resource::route);
        match scopes
            .iter_mut()
            .find(|(known, _)| scope.is_some() && *known == scope)
        {
            Some((_, resources)) => resources.push(resource),
            None => scopes.push((scope, vec![resource])),
        }
    }
    scopes
}

/// The pages are for people and not part of the API, so they are in no description.
fn pages(config: &mut ServiceConfig) {
    config
        .service(at("/").route(web::get().to(desk::page::root)))
        .service(at("/desk").route(web::get().to(desk::page::root)))
        .service(at("/desk/{file:.*}").route(web::get().to(desk::page::file)))
        .service(at("/phone").route(web::get().to(phone::page::root)))
        .service(at("/phone/{file:.*}").route(web::get().to(phone::page::file)));
}

fn at(path: &str) -> Resource {
    web::resource(path).default_service(web::to(no_such_method))
}

async fn no_such_method() -> Result<HttpResponse, ApiError> {
    Err(Code::MethodNotAllowed.into())
}

async fn no_such_route() -> Result<HttpResponse, ApiError> {
    Err(Code::NotFound.into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_belongs_to_one_shares_a_scope_and_the_rest_has_none() {
        let scopes: Vec<_> = by_scope(all())
            .into_iter()
            .map(|(scope, _)| scope)
            .collect();
        let named: Vec<_> = scopes.iter().flatten().collect();
        let distinct: BTreeSet<_> = named.iter().collect();
        assert_eq!(named.len(), distinct.len());
        assert!(named.contains(&&"/v1/incidents/{id}".to_owned()));
        assert_eq!(scopes[0], None, "positions first");
    }
}
