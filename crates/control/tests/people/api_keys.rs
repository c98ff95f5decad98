//! Keys for programs.

use netgain_control::{NewKey, Refused, Role, Scope};

use crate::both::{Place, on_both};
use crate::rig::{now, organisation, refused, rig, seconds};

on_both!(keys_are_shown_once_and_end);

fn keys_are_shown_once_and_end(place: &Place) {
    let rig = rig(place);
    let workspace = rig.workspace("shop", None);
    let ada = rig.person("ada@example.com", Role::Owner);
    let new = NewKey {
        organisation: organisation(),
        name: "the warehouse's robot".to_owned(),
        scopes: vec![Scope::Read, Scope::Sync],
        workspaces: Some(vec![workspace]),
        expires_at: Some(now() + seconds(3600)),
    };
    let (key, text) = rig.control.create_api_key(&new, Some(&ada), now()).unwrap();
    assert!(text.expose().starts_with(&format!("ngk_{}_", key.id)) && text.expose().len() > 80);
    assert_eq!(format!("{text:?} {key:?}").matches(text.expose()).count(), 0, "not shown by accident");
    let found = rig.control.api_key_of(text.expose(), now()).unwrap().unwrap();
    assert_eq!((found.scopes, found.used_at), (vec![Scope::Read, Scope::Sync], None));
    assert_eq!(rig.control.api_keys(&organisation()).unwrap()[0].used_at, Some(now()));
    let other = format!("{}0", &text.expose()[..text.expose().len() - 1]);
    let wrong = ["", "ngk_", "ngk_x_y", &key.id, &format!("ngk_{}_", key.id), &other];
    for wrong in wrong.into_iter().filter(|wrong| *wrong != text.expose()) {
        assert!(rig.control.api_key_of(wrong, now()).unwrap().is_none(), "{wrong}");
    }
    assert!(rig.control.api_key_of(text.expose(), now() + seconds(3600)).unwrap().is_none(), "over");
    rig.control.revoke_api_key(&organisation(), &key.id, now()).unwrap();
    assert!(rig.control.api_key_of(text.expose(), now()).unwrap().is_none(), "revoked");
    for (field, changed) in [
        ("scopes", NewKey { scopes: vec![], ..new.clone() }),
        ("workspaces", NewKey { workspaces: Some(vec![]), ..new.clone() }),
        ("workspaces", NewKey { workspaces: Some(vec!["none".parse().unwrap()]), ..new.clone() }),
        ("expires_at", NewKey { expires_at: Some(now()), ..new.clone() }),
        ("name", NewKey { name: "  ".to_owned(), ..new.clone() }),
    ] {
        let why = refused(rig.control.create_api_key(&changed, None, now()));
        assert!(matches!(why, Refused::Field { field: found, .. } if found == field), "{field}");
    }
    // who leaves takes their keys along
    rig.person("bob@example.com", Role::Owner);
    let (_, text) = rig.control.create_api_key(&new, Some(&ada), now()).unwrap();
    rig.control.remove_member(&organisation(), &ada, now()).unwrap();
    assert!(rig.control.api_key_of(text.expose(), now()).unwrap().is_none());
}
