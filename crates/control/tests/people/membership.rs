//! Who belongs to what: owners, links, invitations and workspaces.

use netgain_control::{Membership, Refused, Role, Secret};
use netgain_domain::jiff::SignedDuration;
use netgain_domain::{OrganisationId, PersonId, WorkspaceId};

use crate::both::{Place, on_both};
use crate::rig::{PASSWORD, member, now, organisation, refused, rig, secret};

on_both!(
    an_organisation_keeps_an_owner,
    links_work_once_and_for_a_time,
    an_invitation_makes_one_member_once,
    a_workspace_belongs_to_one_organisation
);

fn an_organisation_keeps_an_owner(place: &Place) {
    let rig = rig(place);
    let ada = rig.person("ada@example.com", Role::Owner);
    let bob = rig.person("bob@example.com", Role::Admin);
    let put = |id: &PersonId, role| rig.control.put_member(id, &member(role), now());
    assert!(matches!(refused(put(&ada, Role::Admin)), Refused::LastOwner(_)));
    assert!(matches!(
        refused(rig.control.remove_member(&organisation(), &ada, now())),
        Refused::LastOwner(_)
    ));
    put(&bob, Role::Owner).unwrap();
    put(&ada, Role::Viewer).unwrap();
    let (token, _) = rig.sign_in("ada@example.com");
    rig.control.remove_member(&organisation(), &ada, now()).unwrap();
    assert!(!rig.is_in(&token, now()), "who belongs nowhere is signed out");
    let listed = rig.control.members(&organisation()).unwrap();
    assert_eq!(listed.iter().map(|one| one.person.email.as_str()).collect::<Vec<_>>(), ["bob@example.com"]);
}

fn links_work_once_and_for_a_time(place: &Place) {
    let rig = rig(place);
    let first = rig.control.owner_link(now()).unwrap();
    let link = rig.control.owner_link(now()).unwrap();
    let own = |link: &Secret, password: &str, at| {
        rig.control.create_owner(link.expose(), "ada@example.com", "Ada", &secret(password), at)
    };
    assert!(matches!(refused(own(&first, PASSWORD, now())), Refused::Link), "only the newest");
    let day = SignedDuration::from_hours(24);
    assert!(matches!(refused(own(&link, PASSWORD, now() + day)), Refused::Link), "over");
    assert!(matches!(refused(own(&link, "short", now())), Refused::Field { field: "password", .. }));
    let ada = own(&link, PASSWORD, now()).unwrap();
    assert_eq!(rig.control.memberships(&ada.id).unwrap(), [member(Role::Owner)]);
    assert!(matches!(refused(own(&link, PASSWORD, now())), Refused::Link), "used");
    assert!(matches!(refused(rig.control.owner_link(now())), Refused::Exists { .. }), "there is an owner");

    let (session, _) = rig.sign_in("ada@example.com");
    let link = rig.control.password_link(&ada.id, now()).unwrap();
    let reset = |password: &str| rig.control.reset_password(link.expose(), &secret(password), now());
    assert!(matches!(refused(reset("short")), Refused::Field { .. }));
    reset("another long password").unwrap();
    assert!(matches!(refused(reset("a third long password")), Refused::Link));
    assert!(!rig.is_in(&session, now()), "sessions end with the password");
}

fn an_invitation_makes_one_member_once(place: &Place) {
    let rig = rig(place);
    rig.person("own@example.com", Role::Owner);
    let workspace = rig.workspace("shop", None);
    let mut offered = member(Role::Analyst);
    offered.workspaces = Some(vec![workspace]);
    let (_, old) = rig.control.invite("New@example.com", &offered, now()).unwrap();
    let (invitation, link) = rig.control.invite("new@example.com", &offered, now()).unwrap();
    let accept =
        |link: &Secret, at| rig.control.accept_invitation(link.expose(), "New One", &secret(PASSWORD), at);
    assert!(matches!(refused(accept(&old, now())), Refused::Link), "the newest replaces it");
    let week = SignedDuration::from_hours(24 * 7);
    assert!(matches!(refused(accept(&link, now() + week)), Refused::Link));
    let person = accept(&link, now()).unwrap();
    assert_eq!((person.email.as_str(), invitation.email.as_str()), ("new@example.com", "new@example.com"));
    assert_eq!(rig.control.memberships(&person.id).unwrap(), [offered.clone()]);
    assert!(matches!(refused(accept(&link, now())), Refused::Link));
    assert!(matches!(
        refused(rig.control.invite("new@example.com", &offered, now())),
        Refused::Exists { .. }
    ));

    // who has an account proves it by its password, so that a link that leaks gives nobody else's account
    let other: OrganisationId = "agency".parse().unwrap();
    rig.control.create_organisation(&other, "Agency", now()).unwrap();
    let there = Membership { organisation: other.clone(), role: Role::Viewer, workspaces: None };
    let (_, link) = rig.control.invite("new@example.com", &there, now()).unwrap();
    let wrong = rig.control.accept_invitation(link.expose(), "", &secret("not the password"), now());
    assert!(matches!(refused(wrong), Refused::Field { field: "password", .. }));
    accept(&link, now()).unwrap();
    assert_eq!(rig.control.memberships(&person.id).unwrap().len(), 2);
    let (waiting, link) = rig.control.invite("late@example.com", &there, now()).unwrap();
    rig.control.withdraw_invitation(&other, &waiting.id).unwrap();
    assert!(matches!(refused(accept(&link, now())), Refused::Link));
}

fn a_workspace_belongs_to_one_organisation(place: &Place) {
    let rig = rig(place);
    let agency: OrganisationId = "agency".parse().unwrap();
    rig.control.create_organisation(&agency, "Agency", now()).unwrap();
    let (old, theirs) = (rig.workspace("old", None), rig.workspace("theirs", Some(&agency)));
    let whose = |id: &WorkspaceId| rig.control.organisation_of(id).unwrap();
    assert_eq!((whose(&old), whose(&theirs)), (Some(organisation()), Some(agency.clone())));
    assert_eq!(whose(&"none".parse().unwrap()), None);
    let soon: WorkspaceId = "soon".parse().unwrap();
    assert!(rig.control.claim_workspace(&soon, &agency).unwrap());
    assert!(!rig.control.claim_workspace(&soon, &organisation()).unwrap(), "claimed before it is made");
    assert!(!rig.control.claim_workspace(&old, &agency).unwrap(), "made before it is claimed");
    rig.workspace("soon", None);
    assert_eq!(whose(&soon), Some(agency.clone()));
    // nobody is restricted to what another organisation has
    let ada = rig.person("ada@example.com", Role::Owner);
    let wrong = Membership { organisation: agency, role: Role::Viewer, workspaces: Some(vec![old]) };
    let why = refused(rig.control.put_member(&ada, &wrong, now()));
    assert!(matches!(why, Refused::Field { field: "workspaces", .. }));
    let owner = Membership { workspaces: Some(vec![theirs]), ..member(Role::Owner) };
    let why = refused(rig.control.put_member(&ada, &owner, now()));
    assert!(matches!(why, Refused::Field { field: "workspaces", .. }));
}
