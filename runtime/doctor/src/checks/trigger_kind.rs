//! The kinds of triggers.

use toml_edit::DocumentMut;
use toml_edit::Item;

use crate::check::Check;
use crate::finding::Finding;
use crate::patient::Patient;

/// Those of plugbay, and those that programs of others are known to serve.
const KNOWN: &[&str] = &["http", "redis", "cron", "mqtt", "sqs", "command", "kinesis"];
/// From 0 to 1: how much a kind must be like one that is known to be meant as that.
const ALIKE: f64 = 0.75;

/// A kind that nobody knows.
pub(super) struct TriggerKind;

impl Check for TriggerKind {
  fn name(&self) -> &'static str {
    "triggers"
  }

  fn look(&self, patient: &Patient<'_>) -> Vec<Finding> {
    if patient.is_version_1() {
      return Vec::new();
    }
    let triggers = patient.document.get("trigger").and_then(Item::as_table_like);
    let kinds = triggers.into_iter().flat_map(|triggers| triggers.iter()).map(|(kind, _)| kind.to_string());
    let unknown = kinds.filter(|kind| !KNOWN.contains(&&**kind));
    let found = unknown.map(|kind| {
      let likeness = |known: &&str| strsim::jaro(known, &kind);
      let nearest = KNOWN.iter().copied().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
      match nearest.filter(|known| likeness(known) > ALIKE) {
        Some(known) => {
          let what = format!("there is no trigger of the kind {kind}");
          Finding::edited(what, format!("call it {known}"), move |document| rename(document, &kind, known))
        }
        None => Finding::told(format!("nobody is known to serve triggers of the kind {kind}: it needs trigger-{kind}")),
      }
    });
    found.collect()
  }
}

fn rename(document: &mut DocumentMut, from: &str, to: &str) {
  let Some(triggers) = document.get_mut("trigger").and_then(Item::as_table_like_mut) else { return };
  let Some(moved) = triggers.remove(from) else { return };
  match (triggers.get_mut(to), moved) {
    (Some(Item::ArrayOfTables(there)), Item::ArrayOfTables(moved)) => there.extend(moved),
    (_, moved) => drop(triggers.insert(to, moved)),
  }
}
