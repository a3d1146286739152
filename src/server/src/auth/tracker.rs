//! Credentials of trackers: a user name and a secret, both drawn at random.
//!
//! The secret has 130 random bits, so that guessing it is hopeless however fast the hash is. A
//! slow hash protects what people choose; here it would only make every position expensive.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;

/// 32 letters of one case, none of which looks like another: they are typed on phones.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Letters of a user name: 50 bits, enough to be the only one of its name.
const NAME: usize = 10;
/// Letters of a secret.
const SECRET: usize = 26;

/// A new user name, or nothing when the machine has no randomness.
pub fn tracker_name() -> Option<String> {
    drawn(NAME)
}

/// A new secret.
pub fn tracker_secret() -> Option<String> {
    drawn(SECRET)
}

/// Whether it can be a user name at all; what cannot is not looked up.
pub fn is_tracker_name(name: &str) -> bool {
    name.len() == NAME && name.bytes().all(|letter| LETTERS.contains(&letter))
}

/// What is kept of a secret. Phones like to begin with a capital, so its case does not matter.
pub fn secret_hash(secret: &str) -> [u8; 32] {
    let plain = secret.trim().to_ascii_lowercase();
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, plain.as_bytes()).as_ref());
    hash
}

/// Whether the secret is the one that was kept, in a time that does not depend on it.
pub fn is_secret(secret: &str, kept: &[u8; 32]) -> bool {
    verify_slices_are_equal(&secret_hash(secret), kept).is_ok()
}

fn drawn(letters: usize) -> Option<String> {
    let mut bytes = vec![0; letters];
    rand::fill(&mut bytes).ok()?;
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    Some(bytes.iter().map(letter).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_again_and_no_other_is() {
        let (secret, other) = (tracker_secret().unwrap(), tracker_secret().unwrap());
        assert_ne!(secret, other);
        let kept = secret_hash(&secret);
        let typed = format!(" {} ", secret.to_uppercase());
        assert!(is_secret(&secret, &kept) && is_secret(&typed, &kept));
        let cut = secret.chars().skip(1).collect::<String>();
        for wrong in [other.as_str(), "", &cut] {
            assert!(!is_secret(wrong, &kept));
        }
    }

    #[test]
    fn only_what_was_made_here_can_be_a_name() {
        let name = tracker_name().unwrap();
        assert!(is_tracker_name(&name), "{name}");
        for wrong in ["", "anna", "abcdefghi1", "ABCDEFGHIJ", "abcdefghijk"] {
            assert!(!is_tracker_name(wrong), "{wrong}");
        }
    }
}
