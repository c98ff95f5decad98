//! The codes of ISO 4217, lists one (in use) and three (withdrawn, of shops and rates that reach back), in their order.

/// All but the codes for tests (`XTS`) and for no currency (`XXX`).
#[rustfmt::skip]
pub(super) const CODES: [&[u8; 3]; 230] = [
    b"ADP", b"AED", b"AFA", b"AFN", b"ALL", b"AMD", b"ANG", b"AOA", b"ARS", b"ATS", b"AUD", b"AWG", b"AZM",
    b"AZN", b"BAM", b"BBD", b"BDT", b"BEF", b"BGL", b"BGN", b"BHD", b"BIF", b"BMD", b"BND", b"BOB", b"BOV",
    b"BRL", b"BSD", b"BTN", b"BWP", b"BYB", b"BYN", b"BYR", b"BZD", b"CAD", b"CDF", b"CHE", b"CHF", b"CHW",
    b"CLF", b"CLP", b"CNY", b"COP", b"COU", b"CRC", b"CSD", b"CUC", b"CUP", b"CVE", b"CYP", b"CZK", b"DEM",
    b"DJF", b"DKK", b"DOP", b"DZD", b"EEK", b"EGP", b"ERN", b"ESP", b"ETB", b"EUR", b"FIM", b"FJD", b"FKP",
    b"FRF", b"GBP", b"GEL", b"GHC", b"GHS", b"GIP", b"GMD", b"GNF", b"GRD", b"GTQ", b"GWP", b"GYD", b"HKD",
    b"HNL", b"HRK", b"HTG", b"HUF", b"IDR", b"IEP", b"ILS", b"INR", b"IQD", b"IRR", b"ISK", b"ITL", b"JMD",
    b"JOD", b"JPY", b"KES", b"KGS", b"KHR", b"KMF", b"KPW", b"KRW", b"KWD", b"KYD", b"KZT", b"LAK", b"LBP",
    b"LKR", b"LRD", b"LSL", b"LTL", b"LUF", b"LVL", b"LYD", b"MAD", b"MDL", b"MGA", b"MGF", b"MKD", b"MMK",
    b"MNT", b"MOP", b"MRO", b"MRU", b"MTL", b"MUR", b"MVR", b"MWK", b"MXN", b"MXV", b"MYR", b"MZM", b"MZN",
    b"NAD", b"NGN", b"NIO", b"NLG", b"NOK", b"NPR", b"NZD", b"OMR", b"PAB", b"PEN", b"PGK", b"PHP", b"PKR",
    b"PLN", b"PLZ", b"PTE", b"PYG", b"QAR", b"ROL", b"RON", b"RSD", b"RUB", b"RUR", b"RWF", b"SAR", b"SBD",
    b"SCR", b"SDD", b"SDG", b"SEK", b"SGD", b"SHP", b"SIT", b"SKK", b"SLE", b"SLL", b"SOS", b"SRD", b"SRG",
    b"SSP", b"STD", b"STN", b"SVC", b"SYP", b"SZL", b"THB", b"TJS", b"TMM", b"TMT", b"TND", b"TOP", b"TRL",
    b"TRY", b"TTD", b"TWD", b"TZS", b"UAH", b"UAK", b"UGX", b"USD", b"USN", b"UYI", b"UYU", b"UYW", b"UZS",
    b"VEB", b"VED", b"VEF", b"VES", b"VND", b"VUV", b"WST", b"XAD", b"XAF", b"XAG", b"XAU", b"XBA", b"XBB",
    b"XBC", b"XBD", b"XCD", b"XCG", b"XDR", b"XEU", b"XOF", b"XPD", b"XPF", b"XPT", b"XSU", b"XUA", b"YER",
    b"YUM", b"ZAR", b"ZMK", b"ZMW", b"ZWD", b"ZWG", b"ZWL", b"ZWN", b"ZWR",
];
