//! One person behind several customer rows: guests who order twice with the same e-mail address are one customer.

use std::collections::BTreeMap;

use netgain_domain::facts::CustomerFacts;

/// A person, by the smallest id among their customer rows or, without any row, by their address.
pub type Person = String;

/// An e-mail address in the form in which addresses are compared: without surrounding space and in lower case.
/// None where the text is no address. Dots and `+` parts stay, because only some providers ignore them.
#[must_use]
pub fn normal_email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (name, host) = text.rsplit_once('@')?;
    (!name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace)).then_some(text)
}

/// Which customer rows are one person.
#[derive(Debug, Clone, Default)]
pub struct Identities {
    by_id: BTreeMap<String, Person>,
    by_email: BTreeMap<String, Person>,
    merged: usize,
}

impl Identities {
    /// Merges the rows that share an address; the order of the rows does not matter.
    #[must_use]
    pub fn new<'c>(customers: impl IntoIterator<Item = &'c CustomerFacts>) -> Self {
        let mut identities = Self::default();
        let mut ids: Vec<(&str, Option<String>)> = customers
            .into_iter()
            .map(|customer| {
                let email = customer.email.as_deref().and_then(normal_email);
                (customer.customer_id.as_str(), email)
            })
            .collect();
        ids.sort_unstable();
        ids.dedup_by(|later, first| later.0 == first.0);
        for (id, email) in ids {
            let person = match email {
                Some(email) => identities.by_email.entry(email).or_insert_with(|| id.to_owned()).clone(),
                None => id.to_owned(),
            };
            identities.merged += usize::from(person != id);
            identities.by_id.insert(id.to_owned(), person);
        }
        identities
    }

    /// How many customer rows were found to be somebody who is known already.
    #[must_use]
    pub fn merged(&self) -> usize {
        self.merged
    }

    /// The person of an order: by its customer, else by its address. None where it has neither.
    #[must_use]
    pub fn person(&self, customer_id: Option<&str>, email: Option<&str>) -> Option<Person> {
        if let Some(id) = customer_id.filter(|id| !id.is_empty()) {
            if let Some(person) = self.by_id.get(id) {
                return Some(person.clone());
            }
            // a customer whose row is not there yet may still be known by the order's address
            let by_email = email.and_then(normal_email).and_then(|email| self.by_email.get(&email));
            return Some(by_email.cloned().unwrap_or_else(|| id.to_owned()));
        }
        let email = normal_email(email?)?;
        Some(self.by_email.get(&email).cloned().unwrap_or(email))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(id: &str, email: &str) -> CustomerFacts {
        let email = (!email.is_empty()).then(|| email.to_owned());
        CustomerFacts { customer_id: id.into(), email }
    }

    #[test]
    fn the_same_address_is_the_same_person() {
        let mut rows =
            vec![customer("7", " Ann@Example.com"), customer("3", "ann@example.com "), customer("5", "")];
        for _ in 0..rows.len() {
            rows.rotate_left(1);
            let people = Identities::new(&rows);
            let person = |id, email| people.person(id, email);
            assert_eq!(person(Some("7"), None).as_deref(), Some("3"));
            assert_eq!(person(None, Some("ANN@example.com")).as_deref(), Some("3"));
            assert_eq!(person(Some("99"), Some("ann@example.com")).as_deref(), Some("3"));
            assert_eq!(person(Some("5"), Some("ann@example.com")).as_deref(), Some("5"));
            assert_eq!(person(None, Some("Bob@example.com")).as_deref(), Some("bob@example.com"));
            assert_eq!((person(None, None), person(None, Some("none"))), (None, None));
            assert_eq!(people.merged(), 1);
        }
        assert_eq!(normal_email("a b@example.com"), None);
        assert_eq!(normal_email("@example.com"), None);
    }
}
