//! Which trigger a request is for.

use thiserror::Error;

use crate::App;
use crate::Route;
use crate::RoutePattern;
use crate::route_pattern::prefix_of;

/// The paths that the host answers itself begin so.
pub const WELL_KNOWN_PREFIX: &str = "/.well-known/spin/";

/// The routes of an app. Text is asked before parameters and those before a wildcard, segment by segment: an exact
/// route beats a prefix, and the longest prefix the others.
#[derive(Clone, Debug, Default)]
pub struct Router {
  routes: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
  trigger: usize,
  pattern: RoutePattern,
  /// As the manifest has it.
  raw: String,
  /// With the base before it.
  based: String,
}

/// A route that is no route.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the route `{route}` is none: {message}")]
pub struct RouteFault {
  /// The index of the trigger.
  pub trigger: usize,
  /// The route.
  pub route: String,
  /// What is wrong.
  pub message: String,
}

/// A route that never takes a request, because another takes the same ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HiddenRoute {
  /// The index of its trigger.
  pub hidden: usize,
  /// The index of the trigger that takes its requests.
  pub by: usize,
}

impl Router {
  /// The router of an app's HTTP triggers, and the routes that never take a request.
  ///
  /// # Errors
  ///
  /// When a route is none; those of an app that [`load`](crate::load) has given are.
  pub fn of_app(app: &App) -> Result<(Self, Vec<HiddenRoute>), RouteFault> {
    let routes = app.http_triggers().filter_map(|(index, http)| match &http.route {
      Route::Path(route) => Some((index, route.as_str())),
      Route::Private => None,
    });
    Self::new(&app.http_base, routes)
  }

  /// A router of routes, each with the index of its trigger. Of two that are written alike the later one counts; of
  /// two that take the same paths but are written otherwise, `/a/:b` and `/a/:c`, the earlier.
  ///
  /// # Errors
  ///
  /// When a route is none.
  pub fn new<'a>(
    base: &str,
    routes: impl IntoIterator<Item = (usize, &'a str)>,
  ) -> Result<(Self, Vec<HiddenRoute>), RouteFault> {
    let (mut kept, mut hidden): (Vec<Entry>, Vec<HiddenRoute>) = Default::default();
    for (trigger, raw) in routes {
      let based = based(base, raw);
      let pattern = RoutePattern::parse(&based);
      let pattern = pattern.map_err(|message| RouteFault { trigger, route: raw.to_owned(), message })?;
      match kept.iter_mut().find(|other| other.raw == raw || other.pattern.same_shape(&pattern)) {
        Some(other) if other.raw == raw => {
          hidden.push(HiddenRoute { hidden: other.trigger, by: trigger });
          other.trigger = trigger;
        }
        Some(other) => hidden.push(HiddenRoute { hidden: trigger, by: other.trigger }),
        None => kept.push(Entry { trigger, pattern, raw: raw.to_owned(), based }),
      }
    }
    kept.sort_by(|one, other| one.pattern.before(&other.pattern));
    Ok((Self { routes: kept }, hidden))
  }

  /// The trigger that a request is for, by the path of its URL as it was sent.
  #[must_use]
  pub fn route<'r, 'p>(&'r self, path: &'p str) -> Option<RouteMatch<'r, 'p>> {
    self.routes.iter().find_map(|entry| {
      let trailing = entry.pattern.takes(path)?;
      let Entry { trigger, pattern, raw, based } = entry;
      Some(RouteMatch { trigger: *trigger, pattern, raw, based, path, trailing })
    })
  }

  /// The routes in the order in which they are asked, with the base, each with the index of its trigger.
  pub fn routes(&self) -> impl Iterator<Item = (&str, usize)> {
    self.routes.iter().map(|entry| (entry.based.as_str(), entry.trigger))
  }

  /// Whether a route would take paths that the host answers itself.
  #[must_use]
  pub fn has_reserved_route(&self) -> bool {
    self.routes.iter().any(|entry| entry.based.starts_with(WELL_KNOWN_PREFIX))
  }
}

/// The base and a route: each without its last slash, each with one before it.
fn based(base: &str, route: &str) -> String {
  let mut text = String::new();
  for part in [base, route] {
    let part = part.strip_suffix('/').unwrap_or(part);
    if !part.is_empty() && !part.starts_with('/') {
      text.push('/');
    }
    text.push_str(part);
  }
  text
}

/// The trigger that a request is for, and what its route makes of the path.
#[derive(Clone, Copy, Debug)]
pub struct RouteMatch<'r, 'p> {
  trigger: usize,
  pattern: &'r RoutePattern,
  raw: &'r str,
  based: &'r str,
  path: &'p str,
  trailing: &'p str,
}

impl<'p> RouteMatch<'static, 'p> {
  /// The match of a request of another component of the app, which goes by no route.
  #[must_use]
  pub fn chained(trigger: usize, path: &'p str) -> Self {
    static ANY: RoutePattern = RoutePattern::ANY;
    Self { trigger, pattern: &ANY, raw: "/...", based: "/...", path, trailing: path }
  }
}

impl<'r, 'p> RouteMatch<'r, 'p> {
  /// The index of the trigger.
  #[must_use]
  pub fn trigger(&self) -> usize {
    self.trigger
  }

  /// The route with the base: `/base/shop/...`; empty for the root.
  #[must_use]
  pub fn matched_route(&self) -> &'r str {
    self.based
  }

  /// The route with the base, without its wildcard.
  #[must_use]
  pub fn matched_prefix(&self) -> &'r str {
    prefix_of(self.based)
  }

  /// The route as the manifest has it.
  #[must_use]
  pub fn raw_route(&self) -> &'r str {
    self.raw
  }

  /// The route as the manifest has it, without its wildcard.
  #[must_use]
  pub fn component_route(&self) -> &'r str {
    prefix_of(self.raw)
  }

  /// What the wildcard stands for, with the slash before it: empty without one.
  #[must_use]
  pub fn path_info(&self) -> &'p str {
    self.trailing
  }

  /// The parameters, in the order of the route.
  pub fn parameters(&self) -> impl Iterator<Item = (&'r str, &'p str)> + use<'r, 'p> {
    self.pattern.parameters(self.path)
  }
}

#[cfg(test)]
mod tests;
