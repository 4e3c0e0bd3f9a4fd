//! Whether the packages that a description names can be put in an order. Two that use each other have none, and what
//! merges descriptions would look for it by recursion without end.

use std::collections::HashMap;
use std::collections::HashSet;

use wit_parser::PackageId;
use wit_parser::Resolve;
use wit_parser::decoding::decode_world;

use crate::description::Description;
use crate::plan_error::PlanError;

/// Refuses a description whose packages use each other. One that cannot be decoded is left to whoever decodes it.
pub(crate) fn check(description: Description<'_>) -> Result<(), PlanError> {
  let is_ordered = match description {
    Description::World(bytes) => decode_world(bytes).ok().map(|(resolve, _)| is_ordered(&resolve)),
    Description::Package(bytes) => wit_component::decode(bytes).ok().map(|decoded| is_ordered(decoded.resolve())),
  };
  match is_ordered {
    Some(true) | None => Ok(()),
    Some(false) => Err(PlanError::Undescribed("its packages use each other".to_string())),
  }
}

/// Whether each package can be taken after those that it uses.
fn is_ordered(resolve: &Resolve) -> bool {
  let mut users: HashMap<PackageId, Vec<PackageId>> = HashMap::new();
  let mut uses: HashMap<PackageId, usize> = HashMap::new();
  let mut ready = Vec::new();
  for (package, _) in resolve.packages.iter() {
    let used: HashSet<PackageId> = resolve.package_direct_deps(package).filter(|used| *used != package).collect();
    if used.is_empty() {
      ready.push(package);
    } else {
      uses.insert(package, used.len());
    }
    for used in used {
      users.entry(used).or_default().push(package);
    }
  }
  while let Some(package) = ready.pop() {
    for user in users.remove(&package).unwrap_or_default() {
      if let Some(count) = uses.get_mut(&user) {
        *count -= 1;
        if *count == 0 {
          uses.remove(&user);
          ready.push(user);
        }
      }
    }
  }
  uses.is_empty()
}
