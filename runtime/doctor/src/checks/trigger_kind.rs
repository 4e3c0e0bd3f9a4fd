//! The kinds of triggers.

use app_manifest::ManifestVersion;
use toml_edit::DocumentMut;
use toml_edit::Item;

use crate::check::Check;
use crate::finding::Finding;
use crate::patient::Patient;

/// Those of plugbay, and those that programs of others are known to serve.
const KNOWN: &[&str] = &["http", "redis", "cron", "mqtt", "sqs", "command", "kinesis"];
/// From 0 to 1: how much a kind must be like one that is known to be meant as that.
const ALIKE: f64 = 0.75;

/// A kind that nobody serves.
pub(super) struct TriggerKind;

impl Check for TriggerKind {
  fn name(&self) -> &'static str {
    "triggers"
  }

  fn look(&self, patient: &Patient<'_>) -> Vec<Finding> {
    // Of an app that cannot be read the document has them, but for version 1.
    let may_rename = patient.version != ManifestVersion::Spin1;
    let triggers = patient.document.get("trigger").and_then(Item::as_table_like).filter(|_| may_rename);
    let written = triggers.into_iter().flat_map(|triggers| triggers.iter()).map(|(kind, _)| kind.to_string());
    let read = patient.app.iter().flat_map(|app| &app.triggers).map(|trigger| trigger.kind().to_string());
    let mut kinds = written.collect::<Vec<_>>();
    for kind in read {
      if !kinds.contains(&kind) {
        kinds.push(kind);
      }
    }
    let found = kinds.into_iter().filter_map(|kind| {
      let why = patient.machine.serves(&kind).err()?;
      let likeness = |known: &&str| strsim::jaro(known, &kind);
      let nearest = KNOWN.iter().copied().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
      let is_meant = |known: &&str| *known != kind && likeness(known) > ALIKE && !KNOWN.contains(&&*kind);
      Some(match nearest.filter(is_meant).filter(|_| may_rename) {
        Some(known) => {
          let what = format!("there is no trigger of the kind {kind}");
          Finding::edited(what, format!("call it {known}"), move |document| rename(document, &kind, known))
        }
        None => Finding::told(why),
      })
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
