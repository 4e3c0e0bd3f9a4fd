//! Times components in wasmtime, for the benchmark `components`, which has plugbay's times beside these: a line of JSON
//! for each thing, with the nanoseconds of one. Arguments: RaisFast's plugin, the benchmark's component and an app for
//! Spin. Calls can be interrupted and memories are limited, as plugbay's are.

use std::env;
use std::fs;
use std::hint::black_box;
use std::time::Duration;
use std::time::Instant;

use wasmtime::Config;
use wasmtime::Engine;
use wasmtime::InstanceAllocationStrategy;
use wasmtime::PoolingAllocationConfig;
use wasmtime::Result;
use wasmtime::Store;
use wasmtime::StoreLimits;
use wasmtime::StoreLimitsBuilder;
use wasmtime::component::Component;
use wasmtime::component::ComponentNamedList;
use wasmtime::component::ComponentType;
use wasmtime::component::Instance;
use wasmtime::component::InstancePre;
use wasmtime::component::Lift;
use wasmtime::component::Linker;
use wasmtime::component::Lower;
use wasmtime::component::TypedFunc;

const REPETITIONS: usize = 11;
const REPETITION: Duration = Duration::from_millis(100);
const WARM_UP: Duration = Duration::from_millis(300);

const HOOKS: &str = "raisfast:plugin-wit/plugin-hooks";
const MEBIBYTE: usize = 1 << 20;

/// What RaisFast's hooks get and give.
#[derive(Clone, ComponentType, Lift, Lower)]
#[component(record)]
struct PostInput {
  title: String,
  content: String,
  slug: Option<String>,
  excerpt: Option<String>,
  #[component(name = "category-id")]
  category_id: Option<String>,
  #[component(name = "tag-ids")]
  tag_ids: Option<Vec<String>>,
  status: Option<String>,
  #[component(name = "cover-image")]
  cover_image: Option<String>,
}

fn main() -> Result<()> {
  let paths: Vec<String> = env::args().skip(1).collect();
  let [raisfast, bench, spin] = paths.as_slice() else { panic!("three components are named") };
  let engine = engine()?;
  let compile = |path: &String| Component::new(&engine, fs::read(path)?);
  calls(&engine, &compile(raisfast)?, &compile(bench)?)?;

  let ready = ready(&engine, &compile(raisfast)?)?;
  time("instance", |count| {
    for _ in 0..count {
      let (mut store, instance) = fresh(&ready);
      let render = hook::<(&str,), (Option<String>,)>(&mut store, &instance, "render-markdown");
      black_box(render.call(&mut store, ("# Title",)).expect("it answers"));
    }
  });
  let app = fs::read(spin)?;
  let component = Component::new(&engine, &app)?;
  let ready = self::ready(&engine, &component)?;
  time("instanceSpin", |count| (0..count).for_each(|_| drop(black_box(fresh(&ready)))));

  let compiled = component.serialize()?;
  time("openCold", |count| {
    for _ in 0..count {
      black_box(Component::new(&engine, &app).expect("it is a component"));
    }
  });
  let file = env::temp_dir().join(format!("wasmtime_bench_{}.cwasm", std::process::id()));
  fs::write(&file, compiled)?;
  time("openCached", |count| {
    for _ in 0..count {
      black_box(deserialize(&engine, &file));
    }
  });
  fs::remove_file(file)?;
  Ok(())
}

#[allow(unsafe_code, reason = "compiled components are taken as they are")]
fn deserialize(engine: &Engine, file: &std::path::Path) -> Component {
  // SAFETY: this process has written the file, of what its own engine has compiled.
  unsafe { Component::deserialize_file(engine, file) }.expect("it was compiled for this engine")
}

/// Calls of one instance.
fn calls(engine: &Engine, raisfast: &Component, bench: &Component) -> Result<()> {
  let (mut store, instance) = fresh(&ready(engine, raisfast)?);
  let render = hook::<(&str,), (Option<String>,)>(&mut store, &instance, "render-markdown");
  time("string", |count| {
    for _ in 0..count {
      black_box(render.call(&mut store, ("# A title",)).expect("it answers"));
    }
  });
  let update = hook::<(&PostInput,), (Option<PostInput>,)>(&mut store, &instance, "on-post-updating");
  let post = post();
  time("record", |count| {
    for _ in 0..count {
      black_box(update.call(&mut store, (&post,)).expect("it answers"));
    }
  });

  let mut linker = Linker::<StoreLimits>::new(engine);
  linker.root().func_wrap("get", |_, (key,): (String,)| Ok((Some(key),)))?;
  let (mut store, instance) = fresh(&linker.instantiate_pre(bench)?);
  let run = instance.get_typed_func::<(u32,), ()>(&mut store, "run")?;
  time("import", |count| {
    for _ in 0..count.div_ceil(1000) {
      run.call(&mut store, (1000,)).expect("it answers");
    }
  });
  let length = instance.get_typed_func::<(&[u8],), (u32,)>(&mut store, "length")?;
  let bytes = vec![7; MEBIBYTE];
  time("list", |count| {
    for _ in 0..count {
      assert_eq!(length.call(&mut store, (&bytes,)).expect("it answers").0 as usize, MEBIBYTE);
    }
  });
  Ok(())
}

fn post() -> PostInput {
  PostInput {
    title: "A title".into(),
    content: "Some content that is somewhat longer than the title".into(),
    slug: Some("a-title".into()),
    excerpt: None,
    category_id: Some("42".into()),
    tag_ids: Some(vec!["one".into(), "two".into()]),
    status: Some("draft".into()),
    cover_image: None,
  }
}

/// Instances lie in a pool, and their calls look whether they are to end.
fn engine() -> Result<Engine> {
  let mut pool = PoolingAllocationConfig::default();
  pool.max_memory_size(256 << 20).total_memories(16).total_core_instances(64).total_component_instances(16);
  pool.total_tables(64).max_core_instances_per_component(64).table_elements(100_000);
  let mut config = Config::new();
  config.epoch_interruption(true).allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
  Engine::new(&config)
}

/// A component with its imports, which are not there: what is timed calls none of them.
fn ready(engine: &Engine, component: &Component) -> Result<InstancePre<StoreLimits>> {
  let mut linker = Linker::new(engine);
  linker.define_unknown_imports_as_traps(component)?;
  linker.instantiate_pre(component)
}

fn fresh(ready: &InstancePre<StoreLimits>) -> (Store<StoreLimits>, Instance) {
  let mut store = Store::new(ready.engine(), StoreLimitsBuilder::new().memory_size(256 << 20).build());
  store.limiter(|limits| limits);
  store.set_epoch_deadline(1);
  let instance = ready.instantiate(&mut store).expect("there is room for an instance");
  (store, instance)
}

fn hook<Params, Results>(store: &mut Store<StoreLimits>, instance: &Instance, name: &str) -> TypedFunc<Params, Results>
where
  Params: ComponentNamedList + Lower,
  Results: ComponentNamedList + Lift,
{
  let hooks = instance.get_export_index(&mut *store, None, HOOKS);
  let index = instance.get_export_index(&mut *store, hooks.as_ref(), name).expect("it exports the hook");
  instance.get_typed_func(store, index).expect("it has that type")
}

/// Prints what one takes of what `run` does so many times: the median of several repetitions.
fn time(key: &str, mut run: impl FnMut(usize)) {
  let mut timed = |count| {
    let start = Instant::now();
    run(count);
    start.elapsed()
  };
  let (mut count, mut elapsed, began) = (1, Duration::ZERO, Instant::now());
  while began.elapsed() < WARM_UP || elapsed < Duration::from_millis(1) {
    elapsed = timed(count);
    if elapsed < REPETITION / 4 {
      count *= 2;
    }
  }
  count = (count as f64 * REPETITION.as_secs_f64() / elapsed.as_secs_f64()).ceil() as usize;
  let mut times = [0.0; REPETITIONS];
  times.fill_with(|| timed(count).as_secs_f64() * 1e9 / count as f64);
  times.sort_by(f64::total_cmp);
  println!("{{\"key\": \"{key}\", \"ns\": {}}}", times[REPETITIONS / 2]);
}
