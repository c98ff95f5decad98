//! PostgreSQL's `numeric` on the wire: whole numbers of four decimal digits each, most significant first
//! (PostgreSQL source, `src/backend/utils/adt/numeric.c`, `numeric_send`).

use bytes::{BufMut, BytesMut};

use crate::decimal::SCALE;

const NEGATIVE: u16 = 0x4000;
const POSITIVE: u16 = 0;
const BASE: i128 = 10_000;
const DIGITS: i32 = 4;

/// The number as `mantissa × 10^-scale`; none where it is no number (`NaN`, infinity) or wider than 38 digits.
pub(super) fn read(raw: &[u8]) -> Option<(i128, u32)> {
    let word = |at: usize| Some(u16::from_be_bytes(raw.get(at * 2..at * 2 + 2)?.try_into().ok()?));
    let groups = usize::from(word(0)?);
    let weight = i32::from(i16::from_be_bytes(word(1)?.to_be_bytes()));
    let sign = word(2)?;
    let mut mantissa: i128 = 0;
    // the last group stands for 10000^(weight - groups + 1)
    let mut exponent = (weight - i32::try_from(groups).ok()? + 1) * DIGITS;
    for at in 0..groups {
        let (mut base, mut group) = (BASE, i128::from(word(4 + at)?));
        // zeros behind the last digit may be two digits more than there is room for
        while at + 1 == groups && base > 1 && group % 10 == 0 {
            (base, group) = (base / 10, group / 10);
            exponent += 1;
        }
        mantissa = mantissa.checked_mul(base)?.checked_add(group)?;
    }
    if groups == 0 {
        exponent = 0;
    }
    while exponent > 0 {
        mantissa = mantissa.checked_mul(10)?;
        exponent -= 1;
    }
    while exponent < 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        exponent += 1;
    }
    let mantissa = match sign {
        POSITIVE => mantissa,
        NEGATIVE => -mantissa,
        _ => return None,
    };
    Some((mantissa, exponent.unsigned_abs()))
}

/// Writes a stored decimal, a whole number of 10⁻¹⁰, as a field with its length in front.
pub(super) fn write(out: &mut BytesMut, stored: i128) {
    const ONE: u128 = 10_u128.pow(SCALE as u32);
    // ten digits after the point are three groups, of which the last holds two
    const AFTER: usize = 3;
    const LAST: u128 = 100;
    let (mut whole, mut part) = (stored.unsigned_abs() / ONE, stored.unsigned_abs() % ONE * LAST);
    // least significant first
    let mut groups = Vec::with_capacity(12);
    let group = |rest: &mut u128| {
        let group = u16::try_from(*rest % 10_000).unwrap_or(0);
        *rest /= 10_000;
        group
    };
    for _ in 0..AFTER {
        groups.push(group(&mut part));
    }
    while whole > 0 {
        groups.push(group(&mut whole));
    }
    // groups of zeros at either end are left out
    while groups.last() == Some(&0) {
        groups.pop();
    }
    // lossless: an amount has at most eleven groups
    let weight = i16::try_from(groups.len()).unwrap_or(0) - AFTER as i16 - 1;
    let zeros = groups.iter().take_while(|group| **group == 0).count();
    let count = groups.len() - zeros;
    out.put_i32(i32::try_from(8 + 2 * count).unwrap_or(8));
    out.put_u16(u16::try_from(count).unwrap_or(0));
    out.put_i16(if count == 0 { 0 } else { weight });
    out.put_u16(if stored < 0 { NEGATIVE } else { POSITIVE });
    out.put_u16(u16::from(SCALE));
    groups.iter().skip(zeros).rev().for_each(|group| out.put_u16(*group));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wire(weight: i16, sign: u16, groups: &[u16]) -> Vec<u8> {
        let mut raw = Vec::new();
        raw.extend(u16::try_from(groups.len()).unwrap().to_be_bytes());
        raw.extend(weight.to_be_bytes());
        raw.extend(sign.to_be_bytes());
        raw.extend(10_u16.to_be_bytes());
        groups.iter().for_each(|group| raw.extend(group.to_be_bytes()));
        raw
    }

    #[test]
    fn every_digit_is_read() {
        assert_eq!(read(&wire(0, 0, &[])), Some((0, 0)));
        assert_eq!(read(&wire(0, 0, &[19, 9900])), Some((1999, 2)));
        assert_eq!(read(&wire(0, NEGATIVE, &[19, 9900])), Some((-1999, 2)));
        assert_eq!(read(&wire(1, 0, &[12, 3456])), Some((123_456, 0)));
        assert_eq!(read(&wire(2, 0, &[1])), Some((100_000_000, 0)));
        // 0.0000000001
        assert_eq!(read(&wire(-3, 0, &[100])), Some((1, 10)));
        assert_eq!(read(&wire(0, 0xC000, &[])), None, "no number");
        assert_eq!(read(&wire(20, 0, &[1])), None, "too wide");
        assert_eq!(read(&[0, 1]), None, "cut off");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(stored in -10_i128.pow(38) + 1..10_i128.pow(38), shift in 0_u32..38) {
            let stored = stored / 10_i128.pow(shift);
            let mut out = BytesMut::new();
            write(&mut out, stored);
            let length = i32::from_be_bytes(out[..4].try_into().unwrap());
            prop_assert_eq!(usize::try_from(length).unwrap(), out.len() - 4);
            let (mantissa, scale) = read(&out[4..]).unwrap();
            prop_assert!(scale <= u32::from(SCALE));
            prop_assert_eq!(mantissa * 10_i128.pow(u32::from(SCALE) - scale), stored);
        }
    }
}
