//! Codes that people type in or open as a link, and what is kept of them.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;

use crate::view::error::{ApiError, Code};

/// Digits and letters that nobody mistakes for each other (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a code: 60 bits.
pub(crate) const CODE_LETTERS: usize = 12;

/// A code from random bytes, in groups of four as it is shown to people.
pub(crate) fn code_of(random: [u8; CODE_LETTERS]) -> String {
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
pub(crate) fn typed_code(typed: &str) -> Option<String> {
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

/// A code that nobody can guess.
pub(crate) fn fresh_code() -> Result<String, ApiError> {
    let mut random = [0; CODE_LETTERS];
    rand::fill(&mut random).map_err(|_why| no_randomness())?;
    Ok(code_of(random))
}

pub(crate) fn no_randomness() -> ApiError {
    ApiError::with_cause(Code::Internal, "the machine gave no randomness")
}

/// What is kept of a code.
pub(crate) fn hash(code: &str) -> String {
    hex(digest(&SHA256, code.as_bytes()).as_ref())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // writing into a text cannot fail
        let _written = write!(hex, "{byte:02x}");
        hex
    })
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
