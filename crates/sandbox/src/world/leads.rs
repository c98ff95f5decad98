//! People who left their address and have not bought: known to the messaging and CRM platforms only.
use super::demo::people::{FIRST, LAST};
use super::shop::Seconds;
use super::{World, days};
use crate::draw::Draw;

/// Somebody who left an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lead {
    /// Counted from 1 in the order of arrival.
    pub number: u32,
    /// First name.
    pub first_name: &'static str,
    /// Last name.
    pub last_name: &'static str,
    /// ISO 3166 country code.
    pub country: &'static str,
    /// When the address was left.
    pub joined_at: Seconds,
}

impl Lead {
    /// The address.
    pub fn email(&self) -> String {
        format!("{}.{}.{}@example.org", self.first_name, self.last_name, self.number).to_lowercase()
    }
}

/// Everybody who left an address up to the world's clock, in order of arrival; a still brand has nobody.
pub fn leads(world: &World, seed: u64) -> Vec<Lead> {
    let zone = &world.brand.time_zone;
    let now = world.now().as_second();
    let mut found = Vec::new();
    if world.brand.is_still() {
        return found;
    }
    let mut day = days::day_of(world.shop().opened_at, zone);
    let mut number = 0;
    for age in 0_u64.. {
        if days::start_of(day, zone) > now {
            break;
        }
        let mut draw = Draw::new(&[seed, 501, age]);
        let mut moments: Vec<i64> = (0..draw.between(5, 11)).map(|_| draw.between(0, 86_399)).collect();
        moments.sort_unstable();
        for moment in moments {
            number += 1;
            let lead = Lead {
                number,
                first_name: FIRST[draw.between(0, 31) as usize],
                last_name: LAST[draw.between(0, 31) as usize],
                country: if draw.between(1, 100) <= 85 { "GB" } else { "IE" },
                joined_at: days::start_of(day, zone) + moment,
            };
            if lead.joined_at <= now {
                found.push(lead);
            }
        }
        day = days::plus(day, 1);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_day_brings_its_leads_and_changes_no_earlier_one() {
        let world = super::super::demo::world(3, date(2025, 3, 1), super::super::demo::LIFE);
        let before = leads(&world, 3);
        let later = world.now().as_second() + 86_400;
        world.move_clock(jiff::Timestamp::from_second(later).unwrap());
        let after = leads(&world, 3);
        assert!(before.len() > 3_000 && before.windows(2).all(|pair| pair[0].joined_at <= pair[1].joined_at));
        assert_eq!(after[..before.len()], before[..]);
        assert!((5..=22).contains(&(after.len() - before.len())));
    }
}
