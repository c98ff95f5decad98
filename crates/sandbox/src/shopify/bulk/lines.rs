//! Writes the result of a bulk operation: one JSON object a line, children as lines with `__parentId`.
use super::job::Job;
use super::view_of;
use crate::AppState;
use crate::clicks::Clicks;
use crate::shopify::compile::Pick;
use crate::shopify::field::Field;
use crate::shopify::listing::{self, Kind, Sorted};
use crate::shopify::out::Out;
use crate::shopify::render::{View, agreements};
use crate::world::shop::{Order, What};
use std::io::{BufWriter, Write};

/// Roots in a block: their lines come first, then all their children, then the children's children.
const BLOCK: usize = 50;

/// The lines of a block by level.
struct Lines {
    levels: [Out; 3],
    grouped: bool,
    objects: u64,
}

impl Lines {
    /// Where lines of a level go: with grouping everything stands in one place.
    fn at(&mut self, level: usize) -> &mut Out {
        self.objects += 1;
        &mut self.levels[if self.grouped { 0 } else { level }]
    }

    /// Writes one child line.
    fn child(&mut self, level: usize, parent: (&str, u64), write: impl FnOnce(&mut Out)) {
        let out = self.at(level);
        write(out);
        // the closing brace makes room for the parent's id
        out.bytes.pop();
        if out.bytes.last() != Some(&b'{') {
            out.comma();
        }
        out.raw("\"__parentId\":");
        out.gid(parent.0, parent.1);
        out.raw("}\n");
    }

    fn flush(&mut self, file: &mut impl Write) -> std::io::Result<u64> {
        let mut size = 0;
        for level in &mut self.levels {
            file.write_all(&level.bytes)?;
            size += level.bytes.len() as u64;
            level.bytes.clear();
        }
        Ok(size)
    }
}

/// Writes the result; with `part` only one of so many roots. Answers the file and its size.
pub fn write(
    app: &AppState,
    job: &Job,
    root: &Pick,
    grouped: bool,
    part: Option<usize>,
) -> std::io::Result<(tempfile::NamedTempFile, u64)> {
    let file = tempfile::NamedTempFile::new()?;
    let mut writer = BufWriter::with_capacity(1 << 18, file);
    let Some(kind) = Kind::of(root.field) else { return Err(std::io::ErrorKind::Unsupported.into()) };
    let mut found = listing::everything(&Sorted::default(), &app.world.shop(), kind, root);
    if let Some(part) = part {
        found.truncate(found.len().div_ceil(part));
    }
    let mut lines = Lines { levels: Default::default(), grouped, objects: 0 };
    let (mut size, mut roots) = (0, 0);
    let picks = root.node_slice();
    for block in found.chunks(BLOCK) {
        if job.is_cancelled() {
            break;
        }
        {
            // the shop may change between blocks, as a real one does
            let shop = app.world.shop();
            let clicks = Clicks::of(app);
            let view = view_of(&shop, &app.world, &clicks);
            for index in block {
                let index = *index as usize;
                let out = lines.at(0);
                kind.write(&view, out, picks, index);
                out.raw("\n");
                match kind {
                    Kind::Orders => order_children(&view, &mut lines, picks, &shop.orders[index]),
                    Kind::Products => product_children(&view, &mut lines, picks, index),
                    Kind::Customers | Kind::Variants => {}
                }
            }
        }
        roots += block.len() as u64;
        size += lines.flush(&mut writer)?;
        job.progress(lines.objects, roots);
    }
    let file = writer.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    Ok((file, size))
}

fn product_children(view: &View<'_>, lines: &mut Lines, picks: &[Pick], index: usize) {
    let product = &view.shop.products[index];
    for pick in picks.iter().filter(|pick| pick.field == Field::Variants) {
        for variant in 0..product.variant_count {
            let variant = &view.shop.variants[(product.first_variant + variant) as usize];
            lines.child(1, ("Product", product.id), |out| view.variant(out, pick.node_slice(), variant));
        }
    }
}

fn order_children(view: &View<'_>, lines: &mut Lines, picks: &[Pick], order: &Order) {
    let parent = ("Order", order.id);
    // the summary is no object with an id: its visits are the order's children
    for pick in picks.iter().filter(|pick| pick.field == Field::CustomerJourneySummary) {
        for moments in pick.picks.iter().filter(|inner| inner.field == Field::Moments) {
            for visit in view.moments(order) {
                lines.child(1, parent, |out| view.visit(out, moments.node_slice(), order, &visit));
            }
        }
    }
    for pick in picks.iter().filter(|pick| pick.connection) {
        let inner = pick.node_slice();
        match pick.field {
            Field::LineItems => {
                for index in 0..order.lines.len() {
                    lines.child(1, parent, |out| view.line(out, inner, order, index));
                }
            }
            Field::ShippingLines => {
                if let Some(shipping) = &order.shipping {
                    lines.child(1, parent, |out| view.shipping(out, inner, order, shipping));
                }
            }
            Field::Agreements => {
                for agreement in agreements(order) {
                    lines.child(1, parent, |out| view.agreement(out, inner, order, &agreement));
                    let parent = ("SalesAgreement", agreement.id(order));
                    for pick in inner {
                        if pick.field == Field::Sales {
                            for sale in agreement.sales(order) {
                                lines.child(2, parent, |out| view.sale(out, pick.node_slice(), order, &sale));
                            }
                        } else if pick.field == Field::Refund && agreement.index > 0 {
                            refund_children(view, lines, &pick.picks, order, agreement.index - 1, parent);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

/// Lines of a refund that is reached through its agreement, whose children they are.
fn refund_children(
    view: &View<'_>,
    lines: &mut Lines,
    picks: &[Pick],
    order: &Order,
    place: usize,
    parent: (&str, u64),
) {
    let What::Refunded(refund) = &order.happenings[place].what else { return };
    for pick in picks.iter().filter(|pick| pick.field == Field::RefundLineItems) {
        for index in 0..refund.lines.len() {
            lines.child(2, parent, |out| {
                view.refund_line(out, pick.node_slice(), order, refund, place, index)
            });
        }
    }
}
