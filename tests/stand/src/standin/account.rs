//! A service account as Google's console hands it out: a fresh RSA key and a key file.

use crate::failure::{Context as _, Failure, Outcome};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::DecodingKey;
use serde_json::json;
use std::fmt::Write as _;

/// The account and both halves of its key.
pub(super) struct Account {
    key_file: String,
    /// Whom assertions must be from.
    pub(super) email: String,
    /// What assertions must be for.
    pub(super) token_uri: String,
    /// Checks the assertions' signatures.
    pub(super) public_key: DecodingKey,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("email", &self.email)
            .finish_non_exhaustive()
    }
}

impl Account {
    /// A new account of a project, with an RSA key of 2048 bits.
    pub(super) fn generate(project: &str, token_uri: &str) -> Outcome<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048).doing("making an RSA key")?;
        let der: Pkcs8V1Der<'_> = pair
            .as_der()
            .map_err(|_unspecified| Failure::new("an RSA key without an encoding"))?;
        let public = pair.public_key();
        let (n, e) = (public.modulus(), public.exponent());
        let public_key = DecodingKey::from_rsa_raw_components(
            n.big_endian_without_leading_zero(),
            e.big_endian_without_leading_zero(),
        );
        let email = format!("push@{project}.iam.gserviceaccount.com");
        let key_file = json!({
            "type": "service_account",
            "project_id": project,
            "private_key_id": "standin-1",
            "private_key": pem("PRIVATE KEY", der.as_ref()),
            "client_email": email,
            "client_id": "1",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": token_uri,
        })
        .to_string();
        Ok(Self {
            key_file,
            email,
            token_uri: token_uri.to_owned(),
            public_key,
        })
    }

    /// The JSON that an operator would download.
    pub(super) fn key_file(&self) -> &str {
        &self.key_file
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in body.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    let _ = writeln!(text, "-----END {label}-----");
    text
}
