//! Connecting, with TLS where the address asks for it and there is an authority to check with.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::sql::fault::{Done, Fault};

/// How to check the server's certificate, when there is something to check it with.
pub(super) fn checker(
    config: &Config,
    ca_file: Option<&PathBuf>,
) -> Done<Option<MakeRustlsConnect>> {
    let mode = config.get_ssl_mode();
    let Some(file) = ca_file.filter(|_| mode != SslMode::Disable) else {
        if mode == SslMode::Require {
            return Err(Fault::away(
                "sslmode=require needs a file with the authority of PostgreSQL's certificate",
            ));
        }
        return Ok(None);
    };
    let wrong = |why: &dyn std::fmt::Display| {
        Fault::away(&format!("the file of authorities cannot be used: {why}"))
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|e| wrong(&e))? {
        let certificate = certificate.map_err(|e| wrong(&e))?;
        roots.add(certificate).map_err(|e| wrong(&e))?;
    }
    if roots.is_empty() {
        return Err(wrong(&"it holds no certificate"));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| wrong(&e))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Some(MakeRustlsConnect::new(tls)))
}

/// Connects on the current runtime, which drives the connection from then on.
pub(super) async fn connect(config: &Config, tls: Option<MakeRustlsConnect>) -> Done<Client> {
    let report = |ended: Result<(), tokio_postgres::Error>| {
        if let Err(error) = ended {
            tracing::warn!(%error, "a connection to PostgreSQL ended");
        }
    };
    let client = if let Some(tls) = tls {
        let (client, connection) = config.connect(tls).await?;
        tokio::spawn(async move { report(connection.await) });
        client
    } else {
        let mut config = config.clone();
        // without an authority there is nothing to check, and `require` was refused before
        let (client, connection) = config.ssl_mode(SslMode::Disable).connect(NoTls).await?;
        tokio::spawn(async move { report(connection.await) });
        client
    };
    Ok(client)
}
