//! Where a push may go: a subscription's endpoint is an address that a stranger gave.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// What the operator sets.
#[derive(Debug, Clone, Default)]
pub struct WebpushSettings {
    /// Whom a push service may write to: `mailto:` or `https://`. Apple's takes nothing without.
    pub contact: Option<String>,
    /// A PEM file with further root certificates.
    pub ca_file: Option<PathBuf>,
    /// This server plays: it sends to this machine alone, and nobody real is woken.
    pub simulated: bool,
}

/// Which addresses may be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The public internet, and nothing behind our own walls.
    Public,
    /// This machine.
    Loopback,
}

impl Reach {
    pub(super) fn of(settings: &WebpushSettings) -> Self {
        if settings.simulated {
            Self::Loopback
        } else {
            Self::Public
        }
    }

    /// Whether a connection to this address may be opened.
    pub(super) fn allows(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match self {
            Self::Loopback => address.is_loopback(),
            Self::Public => is_public(address),
        }
    }

    /// The endpoint, if it is one that may be posted to as far as its text tells.
    pub(super) fn endpoint(self, text: &str) -> Result<Url, &'static str> {
        let url = Url::parse(text).map_err(|_not_a_url| "endpoint_not_a_url")?;
        let clear = url.scheme() == "http" && self == Self::Loopback;
        if url.scheme() != "https" && !clear {
            return Err("endpoint_not_https");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("endpoint_names_a_user");
        }
        // a name is looked up by `Guard`; an address never is
        let host = url.host_str().unwrap_or_default();
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        let refused = literal
            .parse::<IpAddr>()
            .is_ok_and(|address| !self.allows(address));
        if host.is_empty() || refused {
            return Err("endpoint_not_public");
        }
        Ok(url)
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Without what IANA lists as not globally reachable.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmarks = a == 198 && (18..20).contains(&b);
    let protocols = (a, b, c) == (192, 0, 0);
    !(a == 0
        || a >= 240
        || shared
        || benchmarks
        || protocols
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        // translated and tunnelled: the address inside counts
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_public_v4(v4(high, low))
        }
        // Teredo hides where it leads, and the rest of its block is for protocols; documentation
        [0x2001, ..0x200 | 0xdb8, ..] | [0x3fff, ..0x1000, ..] => false,
        // global unicast; everything else is local, multicast or not given out
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

/// Looks names up and hands out allowed addresses only, so that the address that was checked is
/// the one that is connected to.
pub(super) struct Guard(pub(super) Reach);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|at| reach.allows(at.ip())).collect();
            if allowed.is_empty() {
                return Err("the endpoint's name leads to no address that may be used".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_behind_our_own_walls_is_reached() {
        for inside in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.0.8",
            "224.0.0.1",
            "255.255.255.255",
            "203.0.113.9",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001::1",
            "2001:db8::1",
            "::127.0.0.1",
        ] {
            assert!(!Reach::Public.allows(inside.parse().unwrap()), "{inside}");
        }
        for outside in [
            "8.8.8.8",
            "2607:f8b0:4005::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(Reach::Public.allows(outside.parse().unwrap()), "{outside}");
            assert!(
                !Reach::Loopback.allows(outside.parse().unwrap()),
                "{outside}"
            );
        }
        assert!(Reach::Loopback.allows("127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn an_endpoint_is_https_without_a_user_and_not_an_inner_address() {
        let reach = Reach::Public;
        assert!(reach.endpoint("https://push.example.org/send/abc").is_ok());
        for (text, why) in [
            ("push", "endpoint_not_a_url"),
            ("http://push.example.org/x", "endpoint_not_https"),
            ("file:///etc/passwd", "endpoint_not_https"),
            ("https://a:b@push.example.org/x", "endpoint_names_a_user"),
            ("https://127.0.0.1/x", "endpoint_not_public"),
            ("https://2130706433/x", "endpoint_not_public"),
            ("https://0x7f.1/x", "endpoint_not_public"),
            ("https://[::1]/x", "endpoint_not_public"),
            ("https://[::ffff:a00:1]/x", "endpoint_not_public"),
        ] {
            assert_eq!(reach.endpoint(text).err(), Some(why), "{text}");
        }
        assert!(Reach::Loopback.endpoint("http://127.0.0.1:9/x").is_ok());
        assert!(Reach::Loopback.endpoint("https://8.8.8.8/x").is_err());
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_followed() {
        let look = |reach| Guard(reach).resolve("localhost".parse().unwrap());
        assert!(look(Reach::Public).await.is_err());
        assert!(look(Reach::Loopback).await.is_ok());
    }
}
