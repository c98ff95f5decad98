//! What is known of a customer besides the name, the same on every platform.
use super::shop::Customer;

/// The customer's e-mail address; customers of a file without names have none.
pub fn email(customer: &Customer) -> String {
    if customer.first_name.is_empty() {
        return String::new();
    }
    let name = format!("{}.{}", customer.first_name, customer.last_name).to_lowercase();
    format!("{name}.{}@example.com", customer.id % 100_000)
}

/// The customer's mobile number in E.164 form; customers of a file without names have none.
pub fn phone(customer: &Customer) -> String {
    if customer.first_name.is_empty() {
        String::new()
    } else {
        format!("+4479{:08}", customer.id % 100_000_000)
    }
}
