//! One line of an orders file: its columns found, its values read and its amounts made signed.

use jiff::Timestamp;
use netgain_domain::Currency;
use rust_decimal::Decimal;

use crate::Error;
use crate::header::Header;
use crate::import::{Fault, required, text};
use crate::mapping::{Mapping, OrderColumns};
use crate::values::{Values, fits};

/// The columns' positions and the rules of the mapping.
pub(crate) struct LineReader<'m> {
    values: Values<'m>,
    columns: &'m OrderColumns,
    default_currency: Option<Currency>,
    pub order_id: Option<usize>,
    placed_at: usize,
    pub customer_id: Option<usize>,
    pub customer_name: Option<usize>,
    pub email: Option<usize>,
    pub country: Option<usize>,
    pub shipping_country: Option<usize>,
    pub lot: Option<usize>,
    pub sku: Option<usize>,
    pub variant_id: Option<usize>,
    pub title: Option<usize>,
    pub channel: Option<usize>,
    pub financial_status: Option<usize>,
    quantity: Option<usize>,
    unit_price: Option<usize>,
    line_total: Option<usize>,
    discount_amount: Option<usize>,
    tax_amount: Option<usize>,
    currency: Option<usize>,
    credit_column: Option<usize>,
}

/// A line's values. Amounts are signed: negative where goods came back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OrderLine {
    /// Belongs to a credit note, which is an order of its own.
    pub credit: bool,
    /// Takes back: on a credit note, or with a negative quantity.
    pub returns: bool,
    pub placed_at: Timestamp,
    pub currency: Currency,
    pub quantity: i64,
    /// As displayed; none where the total is no multiple of the quantity.
    pub unit_price: Option<Decimal>,
    /// After discounts, with tax.
    pub total: Decimal,
    pub tax: Decimal,
    pub discount: Decimal,
}

impl<'m> LineReader<'m> {
    pub fn new(mapping: &'m Mapping, columns: &'m OrderColumns, header: &Header) -> Result<Self, Error> {
        let optional = |key: &str, column: &Option<String>| {
            header.find_optional(&format!("orders.{key}"), column.as_ref())
        };
        let credit = columns.credit_note.as_ref().and_then(|rule| rule.column.as_ref());
        Ok(Self {
            values: Values::new(&mapping.format),
            columns,
            default_currency: mapping.currency,
            order_id: optional("order_id", &columns.order_id)?,
            placed_at: header.find("orders.placed_at", &columns.placed_at)?,
            customer_id: optional("customer_id", &columns.customer_id)?,
            customer_name: optional("customer_name", &columns.customer_name)?,
            email: optional("email", &columns.email)?,
            country: optional("country", &columns.country)?,
            shipping_country: optional("shipping_country", &columns.shipping_country)?,
            lot: optional("lot", &columns.lot)?,
            sku: optional("sku", &columns.sku)?,
            variant_id: optional("variant_id", &columns.variant_id)?,
            title: optional("title", &columns.title)?,
            channel: optional("channel", &columns.channel)?,
            financial_status: optional("financial_status", &columns.financial_status)?,
            quantity: optional("quantity", &columns.quantity)?,
            unit_price: optional("unit_price", &columns.unit_price)?,
            line_total: optional("line_total", &columns.line_total)?,
            discount_amount: optional("discount_amount", &columns.discount_amount)?,
            tax_amount: optional("tax_amount", &columns.tax_amount)?,
            currency: optional("currency", &columns.currency)?,
            credit_column: header.find_optional("orders.credit_note.column", credit)?,
        })
    }

    /// The line's values, or the first that is wrong.
    pub fn read(&self, fields: &[String]) -> Result<OrderLine, Fault> {
        if let Some(column) = self.order_id {
            required(fields, column)?;
        }
        let placed_at = required(fields, self.placed_at)?;
        let placed_at = self.values.instant(placed_at).map_err(|reason| Fault::at(self.placed_at, reason))?;
        let currency = self.currency(fields)?;
        let mut quantity = match self.quantity {
            Some(at) => {
                self.values.quantity(required(fields, at)?).map_err(|reason| Fault::at(at, reason))?
            }
            None => 1,
        };
        let price = self.amount(fields, self.unit_price, self.line_total.is_none())?;
        let mut line_total = self.amount(fields, self.line_total, true)?;
        let credit = self.is_credit(fields, quantity);
        if credit {
            // some programs print credit notes with positive numbers
            quantity = -quantity.abs();
            line_total = line_total.map(|total| -total.abs());
        }
        let returns = credit || quantity < 0;
        if let (Some(at), Some(total)) = (self.line_total, line_total)
            && returns
            && total > Decimal::ZERO
        {
            return Err(Fault::at(at, "is positive though the quantity is negative: correct one of them"));
        }
        let sign = if returns { Decimal::NEGATIVE_ONE } else { Decimal::ONE };
        let discount = self
            .amount(fields, self.discount_amount, false)?
            .map_or(Decimal::ZERO, |amount| sign * amount.abs());
        let tax = self.amount(fields, self.tax_amount, false)?.unwrap_or(Decimal::ZERO);
        let tax = if returns { -tax.abs() } else { tax };
        let shown = match (line_total, price) {
            (Some(total), _) => Some(total),
            (None, Some(price)) => {
                Decimal::from(quantity).checked_mul(price).and_then(|gross| gross.checked_sub(discount))
            }
            (None, None) => None,
        };
        let amount_at = self.line_total.or(self.unit_price);
        let fault =
            |reason: String| Fault { column: amount_at, reason: format!("the line's amount {reason}") };
        let shown = shown.ok_or_else(|| fault("is too large to be kept exactly: correct it".into()))?;
        let shown = fits(shown).map_err(fault)?;
        let total = if self.columns.tax_included { shown } else { shown + tax };
        let unit_price = price.or_else(|| exact_unit_price(shown + discount, quantity, currency));
        Ok(OrderLine { credit, returns, placed_at, currency, quantity, unit_price, total, tax, discount })
    }

    fn amount(
        &self,
        fields: &[String],
        column: Option<usize>,
        needed: bool,
    ) -> Result<Option<Decimal>, Fault> {
        let Some(at) = column else { return Ok(None) };
        let text = if needed { Some(required(fields, at)?) } else { text(fields, Some(at)) };
        text.map(|text| self.values.decimal(text)).transpose().map_err(|reason| Fault::at(at, reason))
    }

    fn currency(&self, fields: &[String]) -> Result<Currency, Fault> {
        let code = match (text(fields, self.currency), self.default_currency) {
            (None, Some(currency)) => return Ok(currency),
            (code, _) => code.unwrap_or_default(),
        };
        code.parse().map_err(|error: netgain_domain::CurrencyError| Fault {
            column: self.currency,
            reason: error.to_string(),
        })
    }

    fn is_credit(&self, fields: &[String], quantity: i64) -> bool {
        let Some(rule) = &self.columns.credit_note else { return false };
        match (&rule.prefix, text(fields, self.credit_column)) {
            (Some(prefix), Some(text)) => text.starts_with(prefix.as_str()),
            _ => rule.negative_quantity && quantity < 0,
        }
    }
}

/// The price of one unit if it is a whole number of the currency's smallest coin.
fn exact_unit_price(amount: Decimal, quantity: i64, currency: Currency) -> Option<Decimal> {
    let quantity = Decimal::from(quantity);
    let price = currency.round(amount.checked_div(quantity)?).normalize();
    (price.checked_mul(quantity)? == amount).then_some(price)
}
