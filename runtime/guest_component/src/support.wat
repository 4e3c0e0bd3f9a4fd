;; What the functions of a component need beside the guest: the host's functions that it imports, and what all calls
;; have in common. Structs of the guest's are those of plugin_abi, in the layout that layouts.rs says for wasm32.
;;
;; Each call has a frame in the guest's memory, which its post-return function frees:
;;
;;   0   the Outcome of the op
;;   80  the Future that is polled
;;   88  the size of the frame
;;   96  the Arguments, 8 bytes each, and then what functions.rs puts there
(module
  (type $op (func (param i32 i32 i32 i32 i32)))
  (type $on_data (func (param i32)))
  (type $poll (func (param i32 i32 i32) (result i32)))

  (import "guest" "memory" (memory 0))
  (import "guest" "table" (table 0 funcref))
  (import "guest" "plugbay_plugin_entry" (func $entry (param i32 i64) (result i32)))
  (import "guest" "plugbay_alloc" (func $plugbay_alloc (param i32) (result i32)))
  (import "guest" "plugbay_free" (func $plugbay_free (param i32 i32)))
  (import "guest" "plugbay_new_buffer" (func $new_buffer (param i32 i32)))
  (import "guest" "plugbay_new_call" (func $new_call (param i64) (result i32)))
  (import "guest" "plugbay_poll" (func $poll (type $poll)))
  ;; Tells the guest that nobody here knows shapes, if it has values of any shape.
  (import "functions" "set_up" (func $set_up))
  ;; The number of the op of a name; -1 of one that is not exported.
  (import "functions" "number_of" (func $number_of (param i32 i32) (result i32)))

  ;; Whoever takes one of them knows where it lies.
  (data $texts
    "Error" ;; 0
    "the plugin failed without saying why" ;; 5
    "ERR_OP_NEVER_DONE" ;; 41
    "the op waits for what never comes: nothing wakes it in a component without imports" ;; 58
    "NotFound" ;; 140
    "ERR_OP_NOT_FOUND" ;; 148
    "it does not know what was asked" ;; 164
  )

  ;; $texts in memory, the failure that the guest noted, and the ops: what each is called with, its function for
  ;; arguments and that for buffers. 0 before the first call.
  (global $texts (mut i32) (i32.const 0))
  (global $failure (mut i32) (i32.const 0))
  (global $ops (mut i32) (i32.const 0))
  (global $call (mut i32) (i32.const 0))
  (global $is_started (mut i32) (i32.const 0))
  (global $has_failed (mut i32) (i32.const 0))
  (global $is_woken (mut i32) (i32.const 0))
  ;; The newest of the resources, and its number. Each has its number, its data, its drop and the one before.
  (global $resource (mut i32) (i32.const 0))
  (global $last_rid (mut i32) (i32.const 0))

  ;; Memory

  (func $alloc (export "alloc") (param $size i32) (result i32) (local $at i32)
    (local.tee $at (call $plugbay_alloc (local.get $size)))
    (if (i32.eqz) (then unreachable))
    (local.get $at))

  (func $zeroed (param $size i32) (result i32) (local $at i32)
    (local.set $at (call $alloc (local.get $size)))
    (memory.fill (local.get $at) (i32.const 0) (local.get $size))
    (local.get $at))

  ;; Nothing was allocated for no bytes.
  (func $free (export "free") (param $at i32) (param $size i32)
    (if (local.get $size) (then (call $plugbay_free (local.get $at) (local.get $size)))))

  (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32)
    (result i32) (local $new i32)
    (if (i32.eqz (local.get $size))
      (then
        (call $free (local.get $old) (local.get $old_size))
        (return (local.get $align))))
    (local.set $new (call $alloc (local.get $size)))
    (memory.copy (local.get $new) (local.get $old)
      (select (local.get $old_size) (local.get $size) (i32.lt_u (local.get $old_size) (local.get $size))))
    (call $free (local.get $old) (local.get $old_size))
    (local.get $new))

  ;; Buffers

  (func $release (param $buffer i32) (local $vtable i32)
    (if (i32.eqz (local.tee $vtable (i32.load offset=8 (local.get $buffer)))) (then return))
    (if (i32.eqz (i32.load offset=8 (local.get $vtable))) (then return))
    (call_indirect (type $on_data) (local.get $buffer) (i32.load offset=8 (local.get $vtable))))

  (func $release_report (param $report i32)
    (call $release (i32.add (local.get $report) (i32.const 4)))
    (call $release (i32.add (local.get $report) (i32.const 24)))
    (call $release (i32.add (local.get $report) (i32.const 44))))

  ;; An array of buffers with the bytes of a list of lists, whose elements are freed.
  (func (export "buffers_of") (param $list i32) (param $count i32) (result i32)
    (local $array i32) (local $buffer i32) (local $length i32)
    ;; No memory has room for the array.
    (if (i32.gt_u (local.get $count) (i32.const 0x0CCCCCCC)) (then unreachable))
    (local.set $array (call $alloc (i32.mul (local.get $count) (i32.const 20))))
    (local.set $buffer (local.get $array))
    (loop $next
      (if (i32.eqz (local.get $count)) (then (return (local.get $array))))
      (local.set $length (i32.load offset=4 (local.get $list)))
      (call $new_buffer (local.get $length) (local.get $buffer))
      (if (i32.ne (i32.load offset=4 (local.get $buffer)) (local.get $length)) (then unreachable))
      (memory.copy (i32.load (local.get $buffer)) (i32.load (local.get $list)) (local.get $length))
      (call $free (i32.load (local.get $list)) (local.get $length))
      (local.set $list (i32.add (local.get $list) (i32.const 8)))
      (local.set $buffer (i32.add (local.get $buffer) (i32.const 20)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next))
    unreachable)

  (func (export "release_buffers") (param $array i32) (param $count i32) (local $buffer i32)
    (local.set $buffer (local.get $array))
    (loop $next
      (if (i32.lt_u (local.get $buffer) (i32.add (local.get $array) (i32.mul (local.get $count) (i32.const 20))))
        (then
          (call $release (local.get $buffer))
          (local.set $buffer (i32.add (local.get $buffer) (i32.const 20)))
          (br $next))))
    (call $plugbay_free (local.get $array) (i32.mul (local.get $count) (i32.const 20))))

  ;; Calls

  ;; A frame for a call of one of so many ops. The first call has the guest register them; if that fails, the frame
  ;; has the error.
  (func (export "begin") (param $size i32) (param $ops i32) (result i32) (local $frame i32)
    (if (i32.eqz (global.get $failure))
      (then
        (global.set $texts (call $alloc (i32.const 195)))
        (memory.init $texts (global.get $texts) (i32.const 0) (i32.const 195))
        (call $set_up)
        (global.set $failure (call $zeroed (i32.const 64)))
        (global.set $ops (call $zeroed (i32.mul (local.get $ops) (i32.const 12))))))
    (local.set $frame (call $zeroed (local.get $size)))
    (i32.store offset=88 (local.get $frame) (local.get $size))
    (i32.store (local.get $frame) (i32.const 80))
    (if (i32.eqz (global.get $is_started))
      (then
        (if (call $entry (i32.const 0) (i64.const 1))
          (then (if (i32.eqz (global.get $has_failed)) (then unreachable))))
        (if (global.get $has_failed)
          (then (call $take_failure (local.get $frame)))
          (else
            (global.set $call (call $new_call (i64.const 1)))
            (global.set $is_started (i32.const 1))))))
    (local.get $frame))

  (func (export "end") (param $frame i32)
    (call $drop_outcome (local.get $frame))
    (call $plugbay_free (local.get $frame) (i32.load offset=88 (local.get $frame))))

  ;; Calls an op, by its function for arguments (4) or that for buffers (8), unless the frame has an error already.
  (func (export "invoke") (param $frame i32) (param $op i32) (param $function i32) (param $arguments i32)
    (param $count i32) (local $code i32)
    (if (i32.load offset=4 (local.get $frame)) (then return))
    (local.set $op (i32.add (global.get $ops) (i32.mul (local.get $op) (i32.const 12))))
    (local.set $code (i32.load (i32.add (local.get $op) (local.get $function))))
    ;; It was there when the component was made.
    (if (i32.eqz (local.get $code)) (then unreachable))
    (call_indirect (type $op)
      (i32.load (local.get $op)) (global.get $call) (local.get $arguments) (local.get $count) (local.get $frame)
      (local.get $code))
    (call $settle (local.get $frame)))

  ;; Polls a future to its end, and has a failure that the guest noted go before what the outcome says.
  (func $settle (param $frame i32)
    (if (i32.eq (i32.and (i32.load offset=4 (local.get $frame)) (i32.const -2)) (i32.const 2))
      (then (if (i32.eqz (global.get $has_failed)) (then (call $finish (local.get $frame))))))
    (if (global.get $has_failed)
      (then
        (call $drop_outcome (local.get $frame))
        (call $take_failure (local.get $frame))))
    (if (i32.eqz (i32.load offset=4 (local.get $frame)))
      (then
        (call $fail_with (local.get $frame)
          (i32.const 140) (i32.const 8) (i32.const 148) (i32.const 16) (i32.const 164) (i32.const 31)))))

  (func $finish (param $frame i32)
    (i64.store offset=80 (local.get $frame) (i64.load offset=16 (local.get $frame)))
    (loop $again
      (i32.store offset=4 (local.get $frame) (i32.const 0))
      (global.set $is_woken (i32.const 0))
      (if (i32.eqz (call $poll (i32.add (local.get $frame) (i32.const 80)) (i32.const 1) (local.get $frame)))
        (then
          (br_if $again (i32.and (global.get $is_woken) (i32.eqz (global.get $has_failed))))
          (if (i32.eqz (global.get $has_failed)) (then 
            (call $fail_with (local.get $frame)
              (i32.const 0) (i32.const 5) (i32.const 41) (i32.const 17) (i32.const 58) (i32.const 82)))))
        (else
          ;; It has not ended.
          (if (i32.lt_u (i32.load offset=4 (local.get $frame)) (i32.const 4))
            (then (if (i32.ne (i32.load offset=4 (local.get $frame)) (i32.const 1)) (then unreachable)))))))
    (call $drop_future (i32.add (local.get $frame) (i32.const 80))))

  (func $drop_future (param $future i32) (local $drop i32)
    (local.set $drop (i32.load offset=8 (i32.load offset=4 (local.get $future))))
    (call_indirect (type $on_data) (i32.load (local.get $future)) (local.get $drop)))

  (func $drop_outcome (export "drop_outcome") (param $outcome i32) (local $kind i32) (local $payload i32)
    (local.set $kind (i32.load offset=4 (local.get $outcome)))
    (local.set $payload (i32.add (local.get $outcome) (i32.const 16)))
    (if (i32.eq (local.get $kind) (i32.const 1)) (then (call $release (local.get $payload))))
    (if (i32.eq (i32.and (local.get $kind) (i32.const -2)) (i32.const 2))
      (then (call $drop_future (local.get $payload))))
    (if (i32.eq (local.get $kind) (i32.const 4)) (then (call $release_report (local.get $payload))))
    (i32.store offset=4 (local.get $outcome) (i32.const 0)))

  ;; Errors

  (func $take_failure (param $outcome i32)
    (i32.store offset=4 (local.get $outcome) (i32.const 4))
    (memory.copy (i32.add (local.get $outcome) (i32.const 16)) (global.get $failure) (i32.const 64))
    (global.set $has_failed (i32.const 0)))

  ;; An error that is not the guest's: the places and lengths of its class, code and message in $texts.
  (func $fail_with (param $outcome i32) (param $class i32) (param $class_length i32) (param $code i32)
    (param $code_length i32) (param $message i32) (param $message_length i32)
    (i32.store offset=4 (local.get $outcome) (i32.const 4))
    (memory.fill (i32.add (local.get $outcome) (i32.const 16)) (i32.const 0) (i32.const 64))
    (i32.store offset=20 (local.get $outcome) (i32.add (global.get $texts) (local.get $class)))
    (i32.store offset=24 (local.get $outcome) (local.get $class_length))
    (i32.store offset=40 (local.get $outcome) (i32.add (global.get $texts) (local.get $code)))
    (i32.store offset=44 (local.get $outcome) (local.get $code_length))
    (i32.store offset=60 (local.get $outcome) (i32.add (global.get $texts) (local.get $message)))
    (i32.store offset=64 (local.get $outcome) (local.get $message_length)))

  ;; Has the call fail with the error of another outcome, which is no more.
  (func (export "adopt") (param $frame i32) (param $outcome i32)
    (memory.copy (local.get $frame) (local.get $outcome) (i32.const 80))
    (i32.store offset=4 (local.get $outcome) (i32.const 0)))

  ;; The error of an outcome as the result of a function, with the op-error at an offset.
  (func (export "write_error") (param $outcome i32) (param $result i32) (param $offset i32) (local $error i32)
    (local.set $error (i32.add (local.get $result) (local.get $offset)))
    (i32.store8 (local.get $result) (i32.const 1))
    (call $write_text (local.get $error) (i32.add (local.get $outcome) (i32.const 20))
      (global.get $texts) (i32.const 5))
    (i32.store8 offset=8 (local.get $error) (i32.ne (i32.load offset=44 (local.get $outcome)) (i32.const 0)))
    (i64.store offset=12 align=4 (local.get $error) (i64.load offset=40 (local.get $outcome)))
    (call $write_text (i32.add (local.get $error) (i32.const 20)) (i32.add (local.get $outcome) (i32.const 60))
      (i32.add (global.get $texts) (i32.const 5)) (i32.const 36)))

  ;; The text of a buffer, or another one where there is none.
  (func $write_text (param $at i32) (param $buffer i32) (param $other i32) (param $length i32)
    (if (i32.load offset=4 (local.get $buffer))
      (then (i64.store align=4 (local.get $at) (i64.load align=4 (local.get $buffer))))
      (else
        (i32.store (local.get $at) (local.get $other))
        (i32.store offset=4 (local.get $at) (local.get $length)))))

  ;; What the guest imports. Nobody is there to read its log, and a panic ends in a trap.

  (func (export "register_op") (param $definition i32) (result i32) (local $op i32) (local $signature i32)
    (local.set $op (call $number_of (i32.load offset=4 (local.get $definition))
      (i32.load offset=8 (local.get $definition))))
    (if (i32.lt_s (local.get $op) (i32.const 0)) (then (return (i32.const 1))))
    (local.set $op (i32.add (global.get $ops) (i32.mul (local.get $op) (i32.const 12))))
    (i32.store (local.get $op) (i32.load offset=24 (local.get $definition)))
    (i32.store offset=8 (local.get $op) (i32.load offset=20 (local.get $definition)))
    (if (local.tee $signature (i32.load offset=32 (local.get $definition)))
      (then (i32.store offset=4 (local.get $op) (i32.load offset=48 (local.get $signature)))))
    (i32.const 1))

  (func (export "fail") (param $report i32)
    (if (global.get $has_failed) (then (call $release_report (global.get $failure))))
    (memory.copy (global.get $failure) (local.get $report) (i32.const 64))
    (global.set $has_failed (i32.const 1)))

  (func (export "resource_add") (param $name i32) (param $length i32) (param $data i32) (param $drop i32)
    (result i32) (local $resource i32)
    (global.set $last_rid (i32.add (global.get $last_rid) (i32.const 1)))
    (local.set $resource (call $alloc (i32.const 16)))
    (i32.store (local.get $resource) (global.get $last_rid))
    (i32.store offset=4 (local.get $resource) (local.get $data))
    (i32.store offset=8 (local.get $resource) (local.get $drop))
    (i32.store offset=12 (local.get $resource) (global.get $resource))
    (global.set $resource (local.get $resource))
    (global.get $last_rid))

  (func (export "resource_get") (param $rid i32) (result i32) (local $resource i32)
    (local.set $resource (global.get $resource))
    (loop $next
      (if (i32.eqz (local.get $resource)) (then (return (i32.const 0))))
      (if (i32.eq (i32.load (local.get $resource)) (local.get $rid))
        (then (return (i32.load offset=4 (local.get $resource)))))
      (local.set $resource (i32.load offset=12 (local.get $resource)))
      (br $next))
    unreachable)

  (func (export "resource_close") (param $rid i32) (result i32)
    (local $resource i32) (local $after i32) (local $data i32) (local $drop i32)
    (local.set $resource (global.get $resource))
    (block $found
      (loop $next
        (if (i32.eqz (local.get $resource)) (then (return (i32.const 0))))
        (br_if $found (i32.eq (i32.load (local.get $resource)) (local.get $rid)))
        (local.set $after (local.get $resource))
        (local.set $resource (i32.load offset=12 (local.get $resource)))
        (br $next)))
    (if (local.get $after)
      (then (i32.store offset=12 (local.get $after) (i32.load offset=12 (local.get $resource))))
      (else (global.set $resource (i32.load offset=12 (local.get $resource)))))
    (local.set $data (i32.load offset=4 (local.get $resource)))
    (local.set $drop (i32.load offset=8 (local.get $resource)))
    (call $plugbay_free (local.get $resource) (i32.const 16))
    (if (local.get $drop) (then (call_indirect (type $on_data) (local.get $data) (local.get $drop))))
    (i32.const 1))

  (func (export "log") (param $level i32) (param $message i32) (param $length i32))

  (func (export "panicked") (param $message i32) (param $length i32))

  (func (export "wake") (param $task i32)
    (global.set $is_woken (i32.const 1))))
