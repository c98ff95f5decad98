//! E-mail addresses as they are compared.

use super::Refused;

/// The longest address that mail servers take.
const LONGEST: usize = 254;

/// An address as it is stored: without blanks around it, in lower case.
///
/// # Errors
/// [`Refused::Field`] for what is no address.
pub(crate) fn normalised(given: &str) -> Result<String, Refused> {
    let email = given.trim().to_lowercase();
    let sound = email.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
    });
    if !sound || email.len() > LONGEST || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Refused::field("email", "is no address: write it as name@host"));
    }
    Ok(email)
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn addresses_are_compared_without_case_and_blanks() {
        assert_eq!(normalised(" Ada@Example.COM ").unwrap(), "ada@example.com");
        for wrong in
            ["", "ada", "@example.com", "ada@", "a da@example.com", "a@b@c", "ada@.com", &"a".repeat(300)]
        {
            assert!(normalised(wrong).is_err(), "{wrong}");
        }
    }
}
