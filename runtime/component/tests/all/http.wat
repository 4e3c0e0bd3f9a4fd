;; A component as compilers make them: interfaces with resources, records and variants, a core module, strings.
(component
  (import "wasi:io/streams@0.2.3" (instance $streams
    (export "input-stream" (type $in (sub resource)))
    (type $error' (variant (case "last-operation-failed" string) (case "closed")))
    (export "stream-error" (type $error (eq $error')))
    (export "[method]input-stream.read"
      (func (param "self" (borrow $in)) (param "len" u64) (result (result (list u8) (error $error)))))))
  (alias export $streams "input-stream" (type $input))
  (import "wasi:http/types@0.2.3" (instance $http
    (alias outer 1 $input (type $input'))
    (export "input-stream" (type $in (eq $input')))
    (type $method' (variant (case "get") (case "post") (case "other" string)))
    (export "method" (type $method (eq $method')))
    (type $flags' (flags "read" "write"))
    (export "access" (type $access (eq $flags')))
    (type $names' (enum "a" "b"))
    (export "names" (type $names (eq $names')))
    (type $fields' (record (field "name" string) (field "values" (list (tuple string (option u32))))))
    (export "fields" (type $fields (eq $fields')))
    (export "send"
      (func (param "method" $method) (param "fields" $fields) (param "access" $access) (param "body" (own $in))
        (result (result $names (error string)))))))
  (alias export $streams "[method]input-stream.read" (func $read))
  (alias export $http "send" (func $send))
  (core module $memory
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
  (core instance $memory (instantiate $memory))
  (core func $drop (canon resource.drop $input))
  (core func $read
    (canon lower (func $read) (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
  (core func $send
    (canon lower (func $send) (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
  (core module $main
    (import "host" "drop" (func (param i32)))
    (import "host" "read" (func (param i32 i64 i32)))
    (import "host" "send" (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
    (func (export "handle") (param i32 i32) (result i32) unreachable)
    (func (export "after") (param i32)))
  (core instance $main (instantiate $main
    (with "host" (instance (export "drop" (func $drop)) (export "read" (func $read)) (export "send" (func $send))))))
  (func $handle (param "path" string) (result (list string))
    (canon lift (core func $main "handle") (memory (core memory $memory "memory"))
      (realloc (core func $memory "realloc")) (post-return (core func $main "after"))))
  (instance $handler (export "handle" (func $handle)))
  (export "test:http/handler@1.0.0" (instance $handler)))
