// The modules of guest_limits.js: each is the base64 of the text above it, as `wat` makes it, with its name section.

const decode = (text) => Uint8Array.from(atob(text.replace(/\s/g, "")), (character) => character.charCodeAt(0));

// (module
//   (import "env" "wait" (func $wait))
//   (type $none (func))
//   (type $number (func (param i32) (result i32)))
//   (memory (export "memory") 1)
//   (table $table 2 funcref)
//   (table $values 0 externref)
//   (elem (table $table) (i32.const 0) func $indirectLoop $indirectRecursion)
//   (global $calls (mut i32) (i32.const 0))
//   (func $count (export "count") (result i32)
//     (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
//     (global.get $calls))
//   (func $simpleLoop (export "simpleLoop") (loop $again (br $again)))
//   (func $memoryLoop (export "memoryLoop")
//     (loop $again (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) (br $again)))
//   (func $nestedLoops (export "nestedLoops") (local i32)
//     (loop $outer
//       (local.set 0 (i32.const 1000))
//       (loop $inner (br_if $inner (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
//       (br $outer)))
//   (func $tableLoop (export "tableLoop") (param i32)
//     (loop $again (block $a (br_table $a $again $again (local.get 0))) (br $again)))
//   (func $conditionLoop (export "conditionLoop") (param i32)
//     (loop $again (br_if $again (i32.eqz (local.get 0)))))
//   (func $tailCall (export "tailCall") (return_call $tailCall))
//   (func $tailEven (export "tailEven") (param i32) (result i32) (return_call $tailOdd (i32.add (local.get 0)
//   (i32.const 1)))) (func $tailOdd (param i32) (result i32) (return_call $tailEven (i32.add (local.get 0) (i32.const
//   1)))) (func $indirectLoop (export "indirectLoop") (return_call_indirect $table (type $none) (i32.const 0))) (func
//   $catching (export "catching") (loop $again (block $caught (try_table (catch_all $caught) (call $simpleLoop))) (br
//   $again))) (func $recursion (export "recursion") (param i32) (result i32) (i32.add (call $recursion (local.get 0))
//   (i32.const 1))) (func $mutualA (export "mutualRecursion") (param i32) (result i32) (i32.eqz (call $mutualB
//   (local.get 0)))) (func $mutualB (param i32) (result i32) (i32.eqz (call $mutualA (local.get 0)))) (func
//   $indirectRecursion (export "indirectRecursion") (call_indirect $table (type $none) (i32.const 1)) (global.set
//   $calls (i32.const 0))) (func $fibonacci (export "fibonacci") (param i32) (result i32) (if (result i32) (i32.lt_u
//   (local.get 0) (i32.const 2)) (then (local.get 0)) (else (i32.add (call $fibonacci (i32.sub (local.get 0) (i32.const
//   1))) (call $fibonacci (i32.sub (local.get 0) (i32.const 2))))))) (func $memoryBomb (export "memoryBomb") (local
//   i32) (loop $again (if (i32.eq (memory.grow (i32.const 3)) (i32.const -1)) (then (unreachable))) (local.set 0
//   (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4))) (i32.store (local.get 0) (i32.const 1)) (br
//   $again))) (func $growStorm (export "growStorm") (loop $again (drop (memory.grow (i32.const 1))) (br $again))) (func
//   $growByMost (export "growByMost") (loop $again (drop (memory.grow (i32.const -1))) (br $again))) (func $fillAll
//   (export "fillAll") (drop (memory.grow (i32.const 4000))) (loop $again (memory.fill (i32.const 0) (i32.const 1)
//   (i32.mul (memory.size) (i32.const 65536))) (br $again))) (func $copyAll (export "copyAll") (drop (memory.grow
//   (i32.const 4000))) (loop $again (memory.copy (i32.const 1) (i32.const 0) (i32.sub (i32.mul (memory.size) (i32.const
//   65536)) (i32.const 1))) (br $again))) (func $tableBomb (export "tableBomb") (loop $again (if (i32.eq (table.grow
//   $values (ref.null extern) (i32.const 1000)) (i32.const -1)) (then (unreachable))) (br $again))) (func $tableStorm
//   (export "tableStorm") (loop $again (drop (table.grow $values (ref.null extern) (i32.const 1))) (br $again))) (func
//   $tableFill (export "tableFill") (drop (table.grow $values (ref.null extern) (i32.const 90000))) (loop $again
//   (table.fill $values (i32.const 0) (ref.null extern) (table.size $values)) (br $again))) (func $waiting (export
//   "waiting") (loop $again (call $wait) (br $again))) (func $waitingOnce (export "waitingOnce") (call $wait) (call
//   $simpleLoop)) (func $waitOnly (export "waitOnly") (call $wait)))
export const STORMS = decode(`
  AGFzbQEAAAABEQRgAABgAX8Bf2AAAX9gAX8AAgwBA2VudgR3YWl0AAADHBsCAAAAAwMAAQEAAAEBAQABAAAAAAAAAAAAAAAEBwJwAAJvAAAFAwEA
  AQYGAX8BQQALB8YCGgZtZW1vcnkCAAVjb3VudAABCnNpbXBsZUxvb3AAAgptZW1vcnlMb29wAAMLbmVzdGVkTG9vcHMABAl0YWJsZUxvb3AABQ1j
  b25kaXRpb25Mb29wAAYIdGFpbENhbGwABwh0YWlsRXZlbgAIDGluZGlyZWN0TG9vcAAKCGNhdGNoaW5nAAsJcmVjdXJzaW9uAAwPbXV0dWFsUmVj
  dXJzaW9uAA0RaW5kaXJlY3RSZWN1cnNpb24ADwlmaWJvbmFjY2kAEAptZW1vcnlCb21iABEJZ3Jvd1N0b3JtABIKZ3Jvd0J5TW9zdAATB2ZpbGxB
  bGwAFAdjb3B5QWxsABUJdGFibGVCb21iABYKdGFibGVTdG9ybQAXCXRhYmxlRmlsbAAYB3dhaXRpbmcAGQt3YWl0aW5nT25jZQAaCHdhaXRPbmx5
  ABsJCgECAEEACwACCg8KsAMbCwAjAEEBaiQAIwALBwADQAwACwsUAANAQQBBACgCAEEBajYCAAwACwsaAQF/A0BB6AchAANAIABBAWsiAA0ACwwA
  CwsRAANAAkAgAA4CAAEBCwwACwsKAANAIABFDQALCwQAEgcLCQAgAEEBahIJCwkAIABBAWoSCAsHAEEAEwAACxIAA0ACQB9AAQIAEAILCwwACwsJ
  ACAAEAxBAWoLBwAgABAORQsHACAAEA1FCwsAQQERAABBACQACxwAIABBAkkEfyAABSAAQQFrEBAgAEECaxAQagsLJwEBfwNAQQNAAEF/RgRAAAs/
  AEGAgARsQQRrIQAgAEEBNgIADAALCwwAA0BBAUAAGgwACwsMAANAQX9AABoMAAsLGwBBoB9AABoDQEEAQQE/AEGAgARs/AsADAALCx8AQaAfQAAa
  A0BBAUEAPwBBgIAEbEEBa/wKAAAMAAsLFgADQNBvQegH/A8BQX9GBEAACwwACwsPAANA0G9BAfwPARoMAAsLGwDQb0GQvwX8DwEaA0BBANBv/BAB
  /BEBDAALCwkAA0AQAAwACwsGABAAEAILBAAQAAsAhgQEbmFtZQG0AhwABHdhaXQBBWNvdW50AgpzaW1wbGVMb29wAwptZW1vcnlMb29wBAtuZXN0
  ZWRMb29wcwUJdGFibGVMb29wBg1jb25kaXRpb25Mb29wBwh0YWlsQ2FsbAgIdGFpbEV2ZW4JB3RhaWxPZGQKDGluZGlyZWN0TG9vcAsIY2F0Y2hp
  bmcMCXJlY3Vyc2lvbg0HbXV0dWFsQQ4HbXV0dWFsQg8RaW5kaXJlY3RSZWN1cnNpb24QCWZpYm9uYWNjaREKbWVtb3J5Qm9tYhIJZ3Jvd1N0b3Jt
  Ewpncm93QnlNb3N0FAdmaWxsQWxsFQdjb3B5QWxsFgl0YWJsZUJvbWIXCnRhYmxlU3Rvcm0YCXRhYmxlRmlsbBkHd2FpdGluZxoLd2FpdGluZ09u
  Y2UbCHdhaXRPbmx5A5oBDwIBAAVhZ2FpbgMBAAVhZ2FpbgQCAAVvdXRlcgEFaW5uZXIFAgAFYWdhaW4BAWEGAQAFYWdhaW4LAgAFYWdhaW4BBmNh
  dWdodBEBAAVhZ2FpbhIBAAVhZ2FpbhMBAAVhZ2FpbhQBAAVhZ2FpbhUBAAVhZ2FpbhYBAAVhZ2FpbhcBAAVhZ2FpbhgBAAVhZ2FpbhkBAAVhZ2Fp
  bgQPAgAEbm9uZQEGbnVtYmVyBRACAAV0YWJsZQEGdmFsdWVzBwgBAAVjYWxscw==`);

// (module (func $bareLoop (export "bareLoop") (loop $again (br $again))))
export const BARE = decode(`
  AGFzbQEAAAABBAFgAAADAgEABwwBCGJhcmVMb29wAAAKCQEHAANADAALCwAeBG5hbWUBCwEACGJhcmVMb29wAwoBAAEABWFnYWlu`);

// (module (func $startLoop (loop $again (br $again))) (start $startLoop))
export const START_LOOP = decode(`
  AGFzbQEAAAABBAFgAAADAgEACAEACgkBBwADQAwACwsAHwRuYW1lAQwBAAlzdGFydExvb3ADCgEAAQAFYWdhaW4=`);

// (module (memory 1) (func $startTail (return_call $startTail)) (start $startTail))
export const START_TAIL = decode(`
  AGFzbQEAAAABBAFgAAADAgEABQMBAAEIAQAKBgEEABIACwATBG5hbWUBDAEACXN0YXJ0VGFpbA==`);

// (module (func $startRecursion (call $startRecursion) (call $startRecursion)) (start $startRecursion))
export const START_RECURSION = decode(`
  AGFzbQEAAAABBAFgAAADAgEACAEACggBBgAQABAACwAYBG5hbWUBEQEADnN0YXJ0UmVjdXJzaW9u`);

// (module (memory 1)
//   (func $startBomb (loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable)
//   (start $startBomb))
export const START_BOMB = decode(`
  AGFzbQEAAAABBAFgAAADAgEABQMBAAEIAQAKEQEPAANAQRBAAEF/Rw0ACwALAB8EbmFtZQEMAQAJc3RhcnRCb21iAwoBAAEABWFnYWlu`);

// (module (import "env" "wait" (func $wait)) (func $startWait (loop $again (call $wait) (br $again))) (start
// $startWait))
export const START_WAIT = decode(`
  AGFzbQEAAAABBAFgAAACDAEDZW52BHdhaXQAAAMCAQAIAQEKCwEJAANAEAAMAAsLACUEbmFtZQESAgAEd2FpdAEJc3RhcnRXYWl0AwoBAQEABWFn
  YWlu`);

// (module (table 90000 funcref) (table 90000 funcref) (func (export "f")))
export const LARGE_TABLE = decode(`
  AGFzbQEAAAABBAFgAAADAgEABAsCcACQvwVwAJC/BQcFAQFmAAAKBAECAAs=`);

// (module
//   (type $bytes (array (mut i64)))
//   (type $node (struct (field (ref null $node)) (field (ref $bytes))))
//   (global $head (mut (ref null $node)) (ref.null $node))
//   (func $gcBomb (export "gcBomb")
//     (loop $again
//       (global.set $head (struct.new $node (global.get $head) (array.new_default $bytes (i32.const 1000000))))
//       (br $again))))
export const GC_BOMB = decode(`
  AGFzbQEAAAABDwNefgFfAmMBAGQAAGAAAAMCAQIGBwFjAQHQAQsHCgEGZ2NCb21iAAAKFwEVAANAIwBBwIQ9+wcA+wABJAAMAAsLADUEbmFtZQEJ
  AQAGZ2NCb21iAwoBAAEABWFnYWluBA4CAAVieXRlcwEEbm9kZQcHAQAEaGVhZA==`);
