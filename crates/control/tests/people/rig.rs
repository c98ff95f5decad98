//! A store with people in it, and a clock that the test holds.

use netgain_control::{
    Attempt, Control, DEFAULT_ORGANISATION, Error, Membership, NewWorkspace, Refused, Role, Secret,
    SessionFrom, SignedInAs,
};
use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_domain::{OrganisationId, PersonId, WorkspaceId};

use crate::both::Place;

pub const PASSWORD: &str = "a long enough password";
pub const HOME: SessionFrom<'static> = SessionFrom { agent: "Browser", address: "192.0.2.1" };

pub struct Rig {
    pub control: Control,
}

pub fn rig(place: &Place) -> Rig {
    Rig { control: place.open() }
}

pub fn now() -> Timestamp {
    "2026-05-01T12:00:00Z".parse().unwrap()
}

pub fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

pub fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

pub fn organisation() -> OrganisationId {
    DEFAULT_ORGANISATION.parse().unwrap()
}

pub fn member(role: Role) -> Membership {
    Membership { organisation: organisation(), role, workspaces: None }
}

impl Rig {
    pub fn person(&self, email: &str, role: Role) -> PersonId {
        let person = self.control.create_person(email, "Somebody", Some(&secret(PASSWORD)), now()).unwrap();
        self.control.put_member(&person.id, &member(role), now()).unwrap();
        person.id
    }

    pub fn try_from(
        &self,
        email: &str,
        password: &str,
        address: &str,
        device: Option<&str>,
        at: Timestamp,
    ) -> SignedInAs {
        let (password, from) = (secret(password), SessionFrom { address, ..HOME });
        self.control.sign_in(Attempt { email, password: &password, from, device }, at).unwrap()
    }

    pub fn sign_in(&self, email: &str) -> (String, String) {
        match self.try_from(email, PASSWORD, "192.0.2.1", None, now()) {
            SignedInAs::Person(session, device) => {
                (session.token.expose().to_owned(), device.expose().to_owned())
            }
            other => panic!("{other:?}"),
        }
    }

    pub fn is_in(&self, token: &str, at: Timestamp) -> bool {
        self.control.visitor(token, at).unwrap().is_some()
    }

    pub fn workspace(&self, id: &str, of: Option<&OrganisationId>) -> WorkspaceId {
        let new = NewWorkspace {
            id: id.parse().unwrap(),
            name: id.to_owned(),
            currency: "EUR".parse().unwrap(),
            time_zone: "UTC".to_owned(),
            settings: "{}".to_owned(),
        };
        match of {
            Some(of) => self.control.create_workspace_in(of, &new).unwrap(),
            None => self.control.create_workspace(&new).unwrap(),
        };
        new.id
    }
}

pub fn refused<T: std::fmt::Debug>(result: netgain_control::Result<T>) -> Refused {
    match result {
        Err(Error::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    }
}
