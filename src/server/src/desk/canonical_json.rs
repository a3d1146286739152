//! One form for all texts of the same JSON value.

use serde_json::{Number, Value};

/// Whole numbers up to here are exact in every JSON reader.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// The bytes that equal bodies share: keys sorted, no spaces, `15.0` written as `15`.
pub(super) fn canonical(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(fields) => {
            let mut keys: Vec<_> = fields.iter().collect();
            keys.sort_by_key(|(key, _)| *key);
            out.push(b'{');
            for (at, (key, value)) in keys.into_iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(&Value::String(key.clone()), out);
                out.push(b':');
                write(value, out);
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Value::Number(number) => out.extend(plain(number).to_string().bytes()),
        Value::Null | Value::Bool(_) | Value::String(_) => out.extend(value.to_string().bytes()),
    }
}

fn plain(number: &Number) -> Number {
    match number.as_f64() {
        Some(float) if float.fract() == 0.0 && float.abs() < EXACT_MAX => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "whole, and within the exact range of a double"
            )]
            let whole = float as i64;
            whole.into()
        }
        _ => number.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        String::from_utf8(canonical(&serde_json::from_str(text).unwrap())).unwrap()
    }

    #[test]
    fn order_spaces_escapes_and_zero_fractions_make_no_difference() {
        let a = of(r#"{"b": [1.0, {"d": null, "c": 2.50}], "a": "x\u0041"}"#);
        assert_eq!(a, r#"{"a":"xA","b":[1,{"c":2.5,"d":null}]}"#);
        assert_eq!(a, of(r#"{"a":"xA","b":[1,{"c":2.5,"d":null}]}"#));
        assert_ne!(of(r#"{"a":1}"#), of(r#"{"a":"1"}"#));
    }
}
