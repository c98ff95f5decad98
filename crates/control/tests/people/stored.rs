//! What lies in the store.

use netgain_control::{Control, NewKey, Role, Scope};

use crate::rig::{PASSWORD, Rig, member, now, organisation};
use crate::totp::code;

/// Nothing that opens anything is in the file as it is.
#[test]
fn the_store_holds_digests_alone() {
    let home = tempfile::tempdir().unwrap();
    let mut secrets = vec![PASSWORD.to_owned()];
    {
        let control = Control::open(home.path()).unwrap();
        let rig = Rig { control };
        let ada = rig.person("ada@example.com", Role::Owner);
        let (token, device) = rig.sign_in("ada@example.com");
        let enrolment = rig.control.begin_factor(&ada).unwrap();
        let codes = rig.control.confirm_factor(&ada, &code(&enrolment.secret, now()), None, now()).unwrap();
        let new = NewKey {
            organisation: organisation(),
            name: "key".to_owned(),
            scopes: vec![Scope::Read],
            workspaces: None,
            expires_at: None,
        };
        let (_, key) = rig.control.create_api_key(&new, None, now()).unwrap();
        let (_, invitation) = rig.control.invite("new@example.com", &member(Role::Viewer), now()).unwrap();
        let link = rig.control.password_link(&ada, now()).unwrap();
        secrets.extend([token, device, enrolment.secret.expose().to_owned(), invitation.expose().to_owned()]);
        secrets.extend([link.expose().to_owned(), key.expose().rsplit('_').next().unwrap().to_owned()]);
        secrets.extend(codes.iter().map(|code| code.expose().to_owned()));
    }
    let mut looked_at = 0;
    for file in std::fs::read_dir(home.path()).unwrap() {
        let path = file.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        looked_at += bytes.len();
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{} holds a secret as it is", path.display());
        }
    }
    assert!(looked_at > 4096 && secrets.len() == 17, "{looked_at} {}", secrets.len());
}
