//! Where the fields of the structs lie: in this process, and in the memory of a wasm32 guest. The header has the C
//! compiler look at both, and the host's JavaScript reads guests' memory by the second.

/// How a struct or a union lies in memory.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
  /// Its name in Rust.
  pub name: &'static str,
  /// Its size.
  pub size: usize,
  /// The name and the offset of each field.
  pub fields: &'static [(&'static str, usize)],
}

/// Each struct with its size and its offsets in a guest, where a pointer has 4 bytes and the host cannot ask its own
/// compiler. That for guests compares them.
macro_rules! layouts {
  ($($name:ident $size:literal { $($field:ident: $offset:literal),* $(,)? })*) => {
    /// In this process.
    pub const LAYOUTS: &[Layout] = &[$(Layout {
      name: stringify!($name),
      size: size_of::<crate::$name>(),
      fields: &[$((stringify!($field), core::mem::offset_of!(crate::$name, $field))),*],
    }),*];

    /// In a wasm32 guest.
    pub const WASM32_LAYOUTS: &[Layout] =
      &[$(Layout { name: stringify!($name), size: $size, fields: &[$((stringify!($field), $offset)),*] }),*];
  };
}

layouts! {
  Slice 8 { ptr: 0, len: 4 }
  Buffer 20 { ptr: 0, len: 4, vtable: 8, owner: 12 }
  BufferVTable 12 { size: 0, retain: 4, release: 8 }
  ErrorReport 64 { size: 0, class: 4, code: 24, message: 44 }
  Outcome 80 { size: 0, kind: 4, reserved: 8, payload: 16 }
  OutcomePayload 64 { buffer: 0, future: 0, error: 0, number: 0, integer: 0, response: 0 }
  Future 8 { data: 0, vtable: 4 }
  FutureVTable 12 { size: 0, poll: 4, drop: 8 }
  Waker 4 { vtable: 0 }
  WakerVTable 16 { size: 0, clone: 4, wake: 8, drop: 12 }
  Call 16 { size: 0, host: 4, instance: 8 }
  OpDefinition 44 {
    size: 0, name: 4, encoding: 12, reserved: 16, call: 20, data: 24, drop: 28, signature: 32, lent: 36, answer: 40,
  }
  Signature 56 {
    size: 0, parameters: 4, parameter_count: 8, parameter_size: 12, result: 16, flags: 20, documentation: 24,
    result_type: 32, declarations: 40, call: 48, fast: 52,
  }
  Parameter 24 { name: 0, type_: 8, kind: 16, flags: 20 }
  Argument 8 { number: 0, integer: 0, bytes: 0, buffers: 0 }
  BufferSlice 8 { ptr: 0, len: 4 }
  FastContext 56 {
    size: 0, data: 4, host: 8, instance: 16, current: 24, exchange: 28, table: 32, bytes_sent: 40, bytes_received: 48,
  }
  FastTable 8 { size: 0, view_bytes: 4 }
  Exchange 80 {
    size: 0, input: 4, input_length: 8, output: 12, output_capacity: 16, slab: 20, slab_capacity: 24, slab_used: 28,
    slab_longest: 32, status: 36, slab_offset: 40, integer: 48, overflow: 56,
  }
  OneByteString 8 { data: 0, length: 4 }
  LentContext 168 { fast: 0, call: 56, table: 72, outcome: 80, is_answered: 160, reserved: 164 }
  LendTable 12 { size: 0, lend: 4, hold: 8 }
  HostTable 48 {
    size: 0, abi_version: 4, reserved: 8, register_op: 12, fail: 16, resource_add: 20, resource_get: 24,
    resource_close: 28, spawn_blocking: 32, log: 36, current: 40, request_service: 44,
  }
  Stream 8 { data: 0, vtable: 4 }
  StreamVTable 12 { size: 0, next: 4, drop: 8 }
  HttpBody 40 { length: 0, bytes: 8, stream: 28 }
  HttpHeader 16 { name: 0, value: 8 }
  HttpRequest 72 { size: 0, method: 4, uri: 12, headers: 20, header_count: 24, body: 32 }
  HttpResponse 72 { size: 0, status: 4, reserved: 8, headers: 12, header_count: 16, body: 24, drop: 64 }
  PluginInfo 96 { name: 0, version: 64 }
  PluginDescriptor 248 {
    magic: 0, size: 8, abi_version: 12, host_table_size: 16, entry_kind: 20, info: 24, target: 120, compiler: 184,
  }
}

#[cfg(target_pointer_width = "32")]
const _: () = {
  let mut at = 0;
  while at < LAYOUTS.len() {
    let (is, told) = (&LAYOUTS[at], &WASM32_LAYOUTS[at]);
    assert!(is.size == told.size);
    let mut field = 0;
    while field < is.fields.len() {
      assert!(is.fields[field].1 == told.fields[field].1);
      field += 1;
    }
    at += 1;
  }
};
