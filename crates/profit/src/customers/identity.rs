//! One person behind several customer rows: guests who order twice with the same e-mail address are one customer.

use std::collections::{BTreeMap, BTreeSet};

use netgain_domain::facts::CustomerFacts;

/// A person, by connection and id of the first of their customer rows or, without any row, by their address.
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
    /// By connection and id.
    by_id: BTreeMap<(String, String), Person>,
    by_email: BTreeMap<String, Person>,
    /// Persons of an id, whatever the connection, for orders of a connection without customers.
    anywhere: BTreeMap<String, BTreeSet<Person>>,
    with_customers: BTreeSet<String>,
    merged: usize,
}

impl Identities {
    /// Merges the rows that share an address; the order of the rows does not matter.
    #[must_use]
    pub fn new<'c>(customers: impl IntoIterator<Item = &'c CustomerFacts>) -> Self {
        let mut identities = Self::default();
        let mut rows: Vec<(&str, &str, Option<String>)> = customers
            .into_iter()
            .map(|customer| {
                let email = customer.email.as_deref().and_then(normal_email);
                (customer.connection_id.as_str(), customer.customer_id.as_str(), email)
            })
            .collect();
        rows.sort_unstable();
        rows.dedup_by(|later, first| (later.0, later.1) == (first.0, first.1));
        for (connection, id, email) in rows {
            let own = format!("{connection}/{id}");
            let person = match email {
                Some(email) => identities.by_email.entry(email).or_insert_with(|| own.clone()).clone(),
                None => own.clone(),
            };
            identities.merged += usize::from(person != own);
            identities.anywhere.entry(id.to_owned()).or_default().insert(person.clone());
            identities.with_customers.insert(connection.to_owned());
            identities.by_id.insert((connection.to_owned(), id.to_owned()), person);
        }
        identities
    }

    /// How many customer rows were found to be somebody who is known already.
    #[must_use]
    pub fn merged(&self) -> usize {
        self.merged
    }

    /// The person of an order of a connection: by its customer, else by its address, as a guest's. None where it has
    /// neither. Ids of different connections are different people, but for a connection that has no customers at all,
    /// as a file of orders: there an id counts that only one person has.
    #[must_use]
    pub fn person(&self, connection: &str, customer_id: Option<&str>, email: Option<&str>) -> Option<Person> {
        let email = email.and_then(normal_email);
        let by_email = || email.as_ref().and_then(|email| self.by_email.get(email)).cloned();
        if let Some(id) = customer_id.filter(|id| !id.is_empty()) {
            if let Some(person) = self.by_id.get(&(connection.to_owned(), id.to_owned())) {
                return Some(person.clone());
            }
            let elsewhere = || {
                let people = self.anywhere.get(id).filter(|_| !self.with_customers.contains(connection))?;
                if people.len() == 1 { people.first().cloned() } else { None }
            };
            // a customer whose row is not there yet may still be known by the order's address
            return Some(elsewhere().or_else(by_email).unwrap_or_else(|| format!("{connection}/{id}")));
        }
        by_email().or(email)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(connection: &str, id: &str, email: &str) -> CustomerFacts {
        let email = (!email.is_empty()).then(|| email.to_owned());
        CustomerFacts { connection_id: connection.into(), customer_id: id.into(), email }
    }

    #[test]
    fn the_same_address_is_the_same_person() {
        let mut rows = vec![
            customer("shop", "7", " Ann@Example.com"),
            customer("shop", "3", "ann@example.com "),
            customer("shop", "5", ""),
        ];
        for _ in 0..rows.len() {
            rows.rotate_left(1);
            let people = Identities::new(&rows);
            let person = |id, email| people.person("shop", id, email);
            assert_eq!(person(Some("7"), None).as_deref(), Some("shop/3"));
            assert_eq!(person(None, Some("ANN@example.com")).as_deref(), Some("shop/3"));
            assert_eq!(person(Some("99"), Some("ann@example.com")).as_deref(), Some("shop/3"));
            assert_eq!(person(Some("5"), Some("ann@example.com")).as_deref(), Some("shop/5"));
            assert_eq!(person(None, Some("Bob@example.com")).as_deref(), Some("bob@example.com"));
            assert_eq!((person(None, None), person(None, Some("none"))), (None, None));
            assert_eq!(people.merged(), 1);
        }
        assert_eq!(normal_email("a b@example.com"), None);
        assert_eq!(normal_email("@example.com"), None);
    }

    #[test]
    fn ids_of_two_shops_are_two_people_unless_their_address_is_one() {
        let rows = vec![
            customer("one", "7", "ann@example.com"),
            customer("two", "7", "bob@example.com"),
            customer("two", "8", "ann@example.com"),
        ];
        let people = Identities::new(&rows);
        let person = |connection, id| people.person(connection, Some(id), None).unwrap();
        assert_ne!(person("one", "7"), person("two", "7"));
        assert_eq!(person("one", "7"), person("two", "8"));
        // a shop that has customers of its own does not borrow the other's
        assert_eq!(person("one", "8"), "one/8");
        // a file of orders has none: what only one person is called is that person
        assert_eq!(person("file", "8"), person("one", "7"));
        assert_eq!(person("file", "7"), "file/7", "two people are called so");
    }
}
