//! One way to FCM: an HTTP/2 connection, or requests in the clear to a stand-in on this machine.

use bytes::Bytes;
use http::header::HeaderValue;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Url};

use super::connection::Connection;
use super::error::chain;
use super::response::{Answer, JSON, LONGEST_ANSWER, Unanswered};

/// See the module.
pub(super) enum Transport {
    Http2(Connection),
    Clear(Client, Url),
}

impl Transport {
    /// Posts one message.
    pub(super) async fn post(
        &self,
        bearer: &HeaderValue,
        body: Bytes,
    ) -> Result<Answer, Unanswered> {
        match self {
            Self::Http2(link) => link.post(bearer, body).await,
            Self::Clear(http, url) => clear(http, url, bearer, body).await.map_err(|error| {
                if error.is_timeout() {
                    Unanswered::Late
                } else {
                    Unanswered::Network(chain(&error.without_url()))
                }
            }),
        }
    }
}

async fn clear(
    http: &Client,
    url: &Url,
    bearer: &HeaderValue,
    body: Bytes,
) -> Result<Answer, reqwest::Error> {
    let request = http.post(url.clone()).header(AUTHORIZATION, bearer.clone());
    let mut answer = request.header(CONTENT_TYPE, JSON).body(body).send().await?;
    let mut text = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        let room = LONGEST_ANSWER - text.len();
        text.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if text.len() == LONGEST_ANSWER {
            break;
        }
    }
    Ok(Answer {
        status: answer.status().as_u16(),
        retry_after: answer.headers().get(RETRY_AFTER).cloned(),
        text,
    })
}
