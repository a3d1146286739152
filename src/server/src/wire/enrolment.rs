//! How a phone signs in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::WireTime;

/// Digits and letters that nobody mistakes for each other (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a code: 60 bits.
pub const CODE_LETTERS: usize = 12;

/// A code from random bytes, in groups of four as it is shown to people.
pub fn code_of(random: [u8; CODE_LETTERS]) -> String {
    let mut code = String::with_capacity(CODE_LETTERS + 2);
    for (at, byte) in random.into_iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    }
    code
}

/// A code as somebody typed it, without what people add or mistake; `None` when it cannot be one.
pub fn typed_code(typed: &str) -> Option<String> {
    if typed.len() > 64 {
        return None;
    }
    let letters: Option<String> = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => Some('0'),
            'I' | 'L' => Some('1'),
            c => u8::try_from(c)
                .is_ok_and(|c| LETTERS.contains(&c))
                .then_some(c),
        })
        .collect();
    letters.filter(|letters| letters.len() == CODE_LETTERS)
}

/// What a coordinator may say about a code.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeCode {
    /// Ends every session that the responder's phones have: one was lost.
    #[serde(default)]
    pub sign_out_others: bool,
}

/// A code for one responder.
#[derive(Serialize, ToSchema)]
pub struct CodeView {
    /// Good once.
    #[schema(example = "7K3Q-9FMB-T2XC")]
    pub code: String,
    /// When it is good no more.
    pub expires_at: WireTime,
    /// The page that takes it, on this server. The fragment never reaches a server.
    #[schema(example = "/phone/#code=7K3Q-9FMB-T2XC")]
    pub path: String,
}

/// A phone signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// As it was typed or scanned.
    pub code: String,
    /// An app of its own: it wants the token in the answer and no cookie.
    #[serde(default)]
    pub native: bool,
}

/// A phone that is signed in.
#[derive(Serialize, ToSchema)]
pub struct SignedInView {
    /// The responder.
    pub responder_id: String,
    /// The organisation.
    pub org: String,
    /// This phone's name from now on.
    pub device_id: String,
    /// When the session ends, unless `GET /v1/me` renews it.
    pub expires_at: WireTime,
    /// For a native app alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_however_it_is_typed() {
        let code = code_of([0, 1, 2, 3, 31, 30, 29, 28, 255, 32, 64, 10]);
        assert_eq!(code, "0123-ZYXW-Z00A");
        for typed in [
            "0123-ZYXW-Z00A",
            "o1 23zyxw zOoa",
            "0i23-zyxw-z00a",
            "0L23ZYXWZ00A",
        ] {
            assert_eq!(typed_code(typed).unwrap(), "0123ZYXWZ00A", "{typed}");
        }
        for wrong in [
            "",
            "0123",
            "0123-ZYXW-Z00U",
            "0123-ZYXW-Z00A1",
            "ä123-ZYXW-Z00A",
        ] {
            assert_eq!(typed_code(wrong), None, "{wrong}");
        }
        assert_eq!(typed_code(&"0".repeat(4096)), None);
    }
}
