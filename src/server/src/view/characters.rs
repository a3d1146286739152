//! Odd characters in a call for help: mended or taken out, never a reason to refuse it.

use std::fmt::Write as _;
use std::str::Chars;

use serde_json::{Map, Value};

/// Reads a JSON text and mends it first if it must: what stands between the values and is no JSON
/// is left out, a raw control character in a text counts as if it were escaped, a byte that is no
/// UTF-8 is read as `U+FFFD`, half of a surrogate pair as NUL. Says whether it was mended.
pub(super) fn read_mended(body: &[u8]) -> serde_json::Result<(Value, bool)> {
    match serde_json::from_slice(body) {
        Ok(value) => Ok((value, false)),
        // what is told of it is told of the body as it came
        Err(error) => match serde_json::from_str(&mended(body)) {
            Ok(value) => Ok((value, true)),
            Err(_) => Err(error),
        },
    }
}

/// Takes out of every text and every name what nobody can read and a database may refuse, and
/// returns where something was taken out.
pub(super) fn take_out_odd(value: &mut Value) -> Vec<String> {
    let mut places = Vec::new();
    if any_odd(value) {
        take_out(value, "", &mut places);
    }
    places
}

/// NUL and the other control characters but tabulators and ends of lines, and byte order marks.
fn is_odd(letter: char) -> bool {
    letter == '\u{feff}' || (letter.is_control() && !matches!(letter, '\t' | '\n' | '\r'))
}

fn any_odd(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(is_odd),
        Value::Array(items) => items.iter().any(any_odd),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains(is_odd) || any_odd(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn take_out(value: &mut Value, path: &str, places: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            if text.contains(is_odd) {
                *text = text.replace(is_odd, "");
                places.push(path.to_owned());
            }
        }
        Value::Array(items) => {
            for item in items {
                take_out(item, path, places);
            }
        }
        Value::Object(fields) => *fields = plain_fields(std::mem::take(fields), path, places),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The fields under names that can be read; one that was sent so is not replaced by another.
fn plain_fields(
    fields: Map<String, Value>,
    path: &str,
    places: &mut Vec<String>,
) -> Map<String, Value> {
    let (odd, mut plain): (Map<_, _>, Map<_, _>) = fields
        .into_iter()
        .partition(|(name, _)| name.contains(is_odd));
    for (name, value) in odd {
        let name = name.replace(is_odd, "");
        places.push(below(path, &name));
        plain.entry(name).or_insert(value);
    }
    for (name, value) in &mut plain {
        take_out(value, &below(path, name), places);
    }
    plain
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn mended(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut out = String::with_capacity(text.len());
    let mut in_text = false;
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '"' => {
                in_text = !in_text;
                out.push(letter);
            }
            '\\' if in_text => escape(&mut rest, &mut out),
            '\0'..='\u{1f}' if in_text => {
                // writing into a text cannot fail
                let _written = write!(out, "\\u{:04x}", u32::from(letter));
            }
            _ if in_text => out.push(letter),
            '\t' | '\n' | '\r' | ' '..='~' => out.push(letter),
            _ => {}
        }
    }
    out
}

/// Writes what follows a backslash, and the backslash: for itself if nothing follows that it could
/// begin.
fn escape(rest: &mut Chars<'_>, out: &mut String) {
    let ahead = rest.as_str();
    let taken = match code_unit(ahead) {
        Some(0xd800..=0xdbff) if matches!(code_unit_after(ahead), Some(0xdc00..=0xdfff)) => 11,
        Some(0xd800..=0xdfff) => {
            out.push_str("\\u0000");
            *rest = ahead.get(5..).unwrap_or_default().chars();
            return;
        }
        Some(_) => 5,
        None if ahead.starts_with(['"', '\\', '/', 'b', 'f', 'n', 'r', 't']) => 1,
        None => {
            out.push_str("\\\\");
            return;
        }
    };
    out.push('\\');
    out.push_str(ahead.get(..taken).unwrap_or_default());
    *rest = ahead.get(taken..).unwrap_or_default().chars();
}

/// The code unit of the escape behind this one.
fn code_unit_after(ahead: &str) -> Option<u16> {
    code_unit(ahead.get(5..)?.strip_prefix('\\')?)
}

/// The code unit of an escape, from its `u` on.
fn code_unit(ahead: &str) -> Option<u16> {
    let digits = ahead.strip_prefix('u')?.get(..4)?;
    let all = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    all.then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(body: &[u8]) -> (Value, bool, Vec<String>) {
        let (mut value, mended) = read_mended(body).unwrap();
        let places = take_out_odd(&mut value);
        (value, mended, places)
    }

    #[test]
    fn what_is_good_json_is_left_alone() {
        let body = br#"{"a": "\ud83d\ude91 \u00fc\n\\u0000", "b": [1, "\tx"], "c\"": null}"#;
        let (value, mended, places) = read(body);
        assert_eq!((mended, places.len()), (false, 0));
        assert_eq!(
            value,
            json!({"a": "\u{1f691} ü\n\\u0000", "b": [1, "\tx"], "c\"": null})
        );
    }

    #[test]
    fn each_odd_character_is_taken_out_and_its_place_is_named() {
        for (text, left) in [
            (&br"a\u0000b"[..], "ab"),
            (br"a\ud83d", "a"),
            (br"\ude91a", "a"),
            (br"\ud83d\ud83d\ude91a", "\u{1f691}a"),
            (br"\ud83dx\u00e4", "xä"),
            (br"\ufeffa\u001b[1m", "a[1m"),
            (b"\xef\xbb\xbfa\x7f", "a"),
            (b"a\x00b\x01\xc2\x85", "ab"),
        ] {
            let body = [br#"{"x": {"y": ""#, text, br#""}}"#].concat();
            let (value, _, places) = read(&body);
            assert_eq!(value, json!({"x": {"y": left}}), "{text:?}");
            assert_eq!(places, ["x.y"], "{text:?}");
        }
    }

    #[test]
    fn what_is_no_json_but_can_be_read_is_mended() {
        for (body, meant) in [
            (&b"\xef\xbb\xbf{\"a\": 1}\0\0"[..], json!({"a": 1})),
            (b"{\"a\":\xc2\xa0\"b\"}", json!({"a": "b"})),
            (b"{\"a\": \"one\ntwo\t3\"}", json!({"a": "one\ntwo\t3"})),
            (b"{\"a\": \"M\xfchl\"}", json!({"a": "M\u{fffd}hl"})),
            (
                br#"{"a": "C:\pump \u12 \\"}"#,
                json!({"a": "C:\\pump \\u12 \\"}),
            ),
        ] {
            let (value, mended, _) = read(body);
            assert_eq!(value, meant);
            assert!(mended);
        }
        for broken in [
            &b"{\"a\": \"b"[..],
            b"",
            b"{\"a\": \"b\\\"}",
            b"\xef\xbb\xbf",
        ] {
            assert!(read_mended(broken).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn a_name_that_was_sent_plain_comes_before_an_odd_one() {
        let (value, _, places) = read(br#"{"k\u0000": 1, "k": 2, "\ufeffm": "\u0001n"}"#);
        assert_eq!(value, json!({"k": 2, "m": "n"}));
        assert_eq!(places, ["k", "m", "m"]);
    }

    /// A text with odd things in it, as JSON may carry it, and what is meant by it.
    fn written() -> impl Strategy<Value = (Vec<u8>, String)> {
        let plain = "[ a-z0-9äß€🚑{}:,]{0,6}".prop_map(|text| (text.clone().into_bytes(), text));
        let odd = prop::sample::select(vec![
            (&br"\u0000"[..], ""),
            (br"\ud83d", ""),
            (br"\udE91", ""),
            (b"\xef\xbb\xbf", ""),
            (br"\uFEFF", ""),
            (b"\0", ""),
            (b"\x1b", ""),
            (b"\x7f", ""),
            (br"\ud83d\ude91", "\u{1f691}"),
            (br"\n", "\n"),
            (b"\n", "\n"),
            (br#"\""#, "\""),
            (br"\\", "\\"),
            (b"\xff", "\u{fffd}"),
        ])
        .prop_map(|(bytes, text)| (bytes.to_vec(), text.to_owned()));
        // between two odd things stands something plain: two halves beside each other are a whole
        prop::collection::vec((odd, "[a-z ]", plain), 0..12).prop_map(|parts| {
            let (mut bytes, mut meant) = (Vec::new(), String::new());
            for ((odd, odd_text), letter, (plain, plain_text)) in parts {
                bytes.extend([&odd[..], letter.as_bytes(), &plain].concat());
                meant.extend([odd_text.as_str(), &letter, &plain_text]);
            }
            (bytes, meant)
        })
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_only_what_is_odd_is_lost((bytes, meant) in written()) {
            let body = [b"\xef\xbb\xbf {\"t\": [\"", &bytes[..], b"\"]}\0"].concat();
            let (value, mended, _) = read(&body);
            prop_assert!(mended);
            prop_assert_eq!(value, json!({"t": [meant]}));
        }

        #[test]
        fn no_bytes_at_all_are_a_reason_to_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok((mut value, _)) = read_mended(&bytes) {
                take_out_odd(&mut value);
                prop_assert!(!any_odd(&value));
            }
        }
    }
}
