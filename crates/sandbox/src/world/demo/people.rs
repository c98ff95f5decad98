//! The demo brand's customers.
use crate::draw::Draw;
use crate::world::shop::{Customer, Seconds, Shop};

pub(in crate::world) const FIRST: [&str; 32] = [
    "Amelia", "Noah", "Isla", "Arjun", "Freya", "Leo", "Maya", "Oscar", "Zara", "Finn", "Priya", "Hugo",
    "Niamh", "Tariq", "Ella", "Owen", "Sofia", "Callum", "Yuki", "Bram", "Chloe", "Dafydd", "Ines", "Jonas",
    "Kezia", "Lars", "Mina", "Pablo", "Ruth", "Sean", "Wanda", "Theo",
];
pub(in crate::world) const LAST: [&str; 32] = [
    "Ashworth",
    "Bell",
    "Carver",
    "Dunne",
    "Ellis",
    "Farrow",
    "Grant",
    "Hale",
    "Iqbal",
    "Jansen",
    "Khan",
    "Lowe",
    "Marsh",
    "Novak",
    "Okafor",
    "Price",
    "Quinn",
    "Reid",
    "Shah",
    "Thorne",
    "Underhill",
    "Vance",
    "Weber",
    "Xu",
    "Yates",
    "Zielinski",
    "Moreau",
    "Keller",
    "O'Brien",
    "Rossi",
    "Berg",
    "Sato",
];
/// Country and its weight in a hundred customers.
const COUNTRIES: [(&str, i64); 6] = [("GB", 82), ("IE", 4), ("DE", 4), ("FR", 3), ("US", 5), ("AU", 2)];

/// Adds a customer and answers the index.
pub fn arrive(shop: &mut Shop, draw: &mut Draw, at: Seconds) -> u32 {
    let mut rest = draw.between(0, 99);
    let mut country = "GB";
    for (name, weight) in COUNTRIES {
        if rest < weight {
            country = name;
            break;
        }
        rest -= weight;
    }
    shop.customers.push(Customer {
        id: 6_000_000_000_000 + shop.customers.len() as u64 + 1,
        first_name: FIRST[draw.between(0, 31) as usize],
        last_name: LAST[draw.between(0, 31) as usize],
        country,
        created_at: at,
        updated_at: at,
        orders: 0,
        spent: 0,
    });
    shop.customers.len() as u32 - 1
}

/// A customer who comes again: one draw in three favours the recent, so that some lapse and some are loyal.
pub fn again(shop: &Shop, draw: &mut Draw) -> u32 {
    let count = shop.customers.len() as i64;
    let from = if draw.between(1, 3) == 1 { (count - 900).max(0) } else { 0 };
    draw.between(from, count - 1) as u32
}
