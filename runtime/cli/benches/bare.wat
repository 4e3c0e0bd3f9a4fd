;; What a guest can be beside: the same work without a host, as V8 runs it. The functions are those of the peers' guest.
(module
  (import "env" "host" (func $host (param i32) (result i32)))
  (memory (export "memory") 2)
  (global $tick (mut i32) (i32.const 0))
  (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  ;; 64 bytes in a turn, then one.
  (func (export "sum") (param $at i32) (param $length i32) (result i32) (local $end i32) (local $total i32) (local $sums v128)
    (local.set $end (i32.add (local.get $at) (i32.and (local.get $length) (i32.const -64))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $sums (i32x4.add (local.get $sums) (i32x4.extadd_pairwise_i16x8_u
          (i16x8.add
            (i16x8.add (i16x8.extadd_pairwise_i8x16_u (v128.load (local.get $at)))
                       (i16x8.extadd_pairwise_i8x16_u (v128.load offset=16 (local.get $at))))
            (i16x8.add (i16x8.extadd_pairwise_i8x16_u (v128.load offset=32 (local.get $at)))
                       (i16x8.extadd_pairwise_i8x16_u (v128.load offset=48 (local.get $at))))))))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $next)))
    (local.set $total (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $sums)) (i32x4.extract_lane 1 (local.get $sums)))
      (i32.add (i32x4.extract_lane 2 (local.get $sums)) (i32x4.extract_lane 3 (local.get $sums)))))
    (local.set $end (i32.add (local.get $at) (i32.and (local.get $length) (i32.const 63))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $total (i32.add (local.get $total) (i32.load8_u (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $total))
  ;; Writes so many bytes, and gives their address.
  (func (export "fill") (param $length i32) (result i32)
    (global.set $tick (i32.add (global.get $tick) (i32.const 1)))
    (memory.fill (i32.const 65536) (global.get $tick) (local.get $length))
    (i32.const 65536))
  (func (export "call_host") (param i32) (result i32)
    (call $host (local.get 0))))
