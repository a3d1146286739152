//! A value that cannot be used, by the name of its field.

/// A value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// Which field, as a path with dots.
    pub field: String,
    /// What is expected of it.
    pub why: String,
}

impl Invalid {
    /// Names the field and what is expected of it.
    pub fn new(field: &str, why: &str) -> Self {
        Self {
            field: field.to_owned(),
            why: why.to_owned(),
        }
    }
}

/// Text with a length between one character and `most`.
pub(crate) fn text(field: &str, value: String, most: usize) -> Result<String, Invalid> {
    if value.trim().is_empty() || value.chars().count() > most {
        let why = format!("1 to {most} characters expected");
        return Err(Invalid::new(field, &why));
    }
    Ok(value)
}

/// Longest id that an outsider gives, characters.
pub(crate) const ID_MAX: usize = 128;

/// An id that an outsider gives: it stands in paths, so no slash and nothing invisible.
pub(crate) fn id(field: &str, value: String) -> Result<String, Invalid> {
    let value = text(field, value, ID_MAX)?;
    if value
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '/')
    {
        return Err(Invalid::new(
            field,
            "no spaces, slashes or control characters",
        ));
    }
    Ok(value)
}
