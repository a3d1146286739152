//! A throw-away certificate authority and one leaf, for the loopback and for the host that Google's
//! own SDKs insist on.

use crate::failure::{Context as _, Outcome};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa};
use rcgen::{Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::Arc;

/// Who the stand-in is. Only clients that trust the throw-away authority believe the last one.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "fcm.googleapis.com"];

/// The authority that signed the stand-in's certificate.
pub(super) struct Authority {
    ca_pem: String,
    chain: Vec<rustls::pki_types::CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    /// Makes both key pairs and certificates.
    pub(super) fn new() -> Outcome<Self> {
        let ca_key = KeyPair::generate().doing("making the CA's key")?;
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        ca.distinguished_name
            .push(DnType::CommonName, "muster push stand-in CA");
        let ca_cert = ca.self_signed(&ca_key).doing("signing the CA")?;

        let names = NAMES.map(str::to_owned);
        let mut leaf = CertificateParams::new(names).doing("naming the leaf")?;
        leaf.distinguished_name
            .push(DnType::CommonName, "muster push stand-in");
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        let leaf_key = KeyPair::generate().doing("making the leaf's key")?;
        let issuer = Issuer::new(ca, ca_key);
        let leaf_cert = leaf
            .signed_by(&leaf_key, &issuer)
            .doing("signing the leaf")?;
        Ok(Self {
            ca_pem: ca_cert.pem(),
            chain: vec![leaf_cert.der().clone()],
            key: PrivatePkcs8KeyDer::from(leaf_key.serialize_der()).into(),
        })
    }

    /// The root that clients must trust.
    pub(super) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// TLS 1.2 and 1.3, HTTP/2 preferred.
    pub(super) fn server_config(self) -> Outcome<Arc<rustls::ServerConfig>> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .doing("choosing TLS versions")?
            .with_no_client_auth()
            .with_single_cert(self.chain, self.key)
            .doing("loading the certificate")?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}
