//! Every platform, through the real program: read whole from the sandbox, read again, restated, and disturbed in every
//! way it is known to. One table says what the cases need to know of a platform, and which cases cannot exist there.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod amazon_sp;
mod baseline;
mod cases;
mod completeness;
mod ecb;
mod ga4;
mod gohighlevel;
mod google_ads;
mod google_sheets;
mod harness;
mod hubspot;
mod klaviyo;
mod meta_ads;
mod postscript;
#[path = "../platforms/support.rs"]
#[allow(dead_code, reason = "shared with another test program")]
mod program;
mod shopify;
mod stripe;
mod table;
mod triplewhale;

/// A test for each case of each platform: `on::stripe::revoked_token`.
macro_rules! platforms {
    ($($platform:ident: $($case:ident)+;)+) => {
        /// The generated tests.
        mod on {
            $(mod $platform {
                $(#[test]
                fn $case() {
                    crate::cases::$case(&crate::$platform::PLATFORM);
                })+
            })+
        }

        /// The platforms with the cases that are generated for them.
        static GENERATED: &[(&table::Platform, &[&str])] =
            &[$((&$platform::PLATFORM, &[$(stringify!($case)),+])),+];
    };
}

platforms! {
    amazon_sp: full_sync second_sync a_day_later throttled expired_token revoked_token server_errors
        reset_in_mid_body truncated_json wrong_type unknown_value empty_account page_cap;
    ecb: full_sync second_sync throttled server_errors reset_in_mid_body empty_account;
    ga4: full_sync second_sync a_day_later restated_day throttled expired_token revoked_token server_errors
        reset_in_mid_body truncated_json wrong_type unknown_value empty_account page_cap;
    gohighlevel: full_sync second_sync a_day_later throttled expired_token revoked_token server_errors
        reset_in_mid_body truncated_json wrong_type unknown_value empty_account page_cap;
    google_ads: full_sync second_sync a_day_later restated_day throttled expired_token revoked_token server_errors
        reset_in_mid_body truncated_json wrong_type unknown_value empty_account;
    google_sheets: full_sync second_sync a_day_later throttled expired_token revoked_token server_errors
        reset_in_mid_body truncated_json wrong_type empty_account;
    hubspot: full_sync second_sync a_day_later throttled expired_token revoked_token server_errors
        reset_in_mid_body truncated_json wrong_type unknown_value empty_account page_cap;
    klaviyo: full_sync second_sync a_day_later throttled expired_token revoked_token server_errors
        reset_in_mid_body truncated_json wrong_type unknown_value empty_account page_cap;
    meta_ads: full_sync second_sync a_day_later restated_day throttled expired_token revoked_token server_errors
        reset_in_mid_body truncated_json wrong_type unknown_value empty_account page_cap;
    postscript: full_sync second_sync a_day_later throttled revoked_token server_errors
        reset_in_mid_body truncated_json wrong_type unknown_value empty_account page_cap;
    shopify: full_sync second_sync a_day_later throttled expired_token revoked_token server_errors
        reset_in_mid_body truncated_json wrong_type unknown_value empty_account page_cap;
    stripe: full_sync second_sync a_day_later throttled expired_token revoked_token server_errors
        reset_in_mid_body truncated_json wrong_type unknown_value empty_account page_cap;
    triplewhale: full_sync second_sync a_day_later restated_day throttled revoked_token server_errors
        reset_in_mid_body truncated_json wrong_type unknown_value empty_account page_cap;
}

/// The cases that cannot exist, in the words of nobody but this list.
const EXEMPT: &[(&str, &[&str])] = &[
    ("amazon_sp", &["restated_day"]),
    (
        "ecb",
        &[
            "a_day_later",
            "restated_day",
            "expired_token",
            "revoked_token",
            "truncated_json",
            "wrong_type",
            "unknown_value",
            "page_cap",
        ],
    ),
    ("ga4", &[]),
    ("gohighlevel", &["restated_day"]),
    ("google_ads", &["page_cap"]),
    ("google_sheets", &["restated_day", "unknown_value", "page_cap"]),
    ("hubspot", &["restated_day"]),
    ("klaviyo", &["restated_day"]),
    ("meta_ads", &[]),
    ("postscript", &["restated_day", "expired_token"]),
    ("shopify", &["restated_day"]),
    ("stripe", &["restated_day"]),
    ("triplewhale", &["expired_token"]),
];

#[test]
fn every_platform_has_every_case_or_says_why_not() {
    let ids: Vec<&str> = GENERATED.iter().map(|(platform, _)| platform.id).collect();
    let known: std::collections::BTreeSet<&str> = netgain_providers::ids().collect();
    assert_eq!(ids.iter().copied().collect::<std::collections::BTreeSet<_>>(), known);
    assert_eq!(EXEMPT.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ids);
    for ((platform, cases), (_, exempt)) in GENERATED.iter().zip(EXEMPT) {
        let without: Vec<&str> = platform.without.iter().map(|(case, _)| *case).collect();
        assert_eq!(without, *exempt, "{}", platform.id);
        for case in table::CASES {
            let (runs, excused) = (cases.contains(&case), without.contains(&case));
            assert!(runs != excused, "{} {case}: runs {runs}, is excused {excused}", platform.id);
        }
        assert!(cases.iter().all(|case| table::CASES.contains(case)));
        let told = platform.without.iter().all(|(_, why)| why.split(' ').count() >= 5);
        assert!(told, "{} does not say why a case cannot exist", platform.id);
        assert_eq!(platform.restated.is_some(), cases.contains(&"restated_day"), "{}", platform.id);
    }
}
