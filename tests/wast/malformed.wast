;; Bytes that are no module. An assertion that begins with ERR_ names the code; the others are of ERR_WASM_COMPILE.

;; ---- The header ----

(assert_malformed (module binary "\00asm") "unexpected end")
(assert_malformed (module binary "\00asm\01") "unexpected end")
(assert_malformed (module binary "\00asm\01\00\00") "unexpected end")
(assert_malformed (module binary "\00asm\00\00\00\00") "unknown version")
(assert_malformed (module binary "\00asm\02\00\00\00") "unknown version")
(assert_malformed (module binary "\00asm\00\00\00\01") "unknown version")
(assert_malformed (module binary "\00asm\0e\00\01\00") "ERR_WASM_COMPONENT")
(assert_malformed (module binary "\00asm\0e\00\01\00\07\00") "ERR_WASM_COMPONENT")

;; ---- Sections: ids, order, sizes ----

(assert_malformed (module binary "\00asm\01\00\00\00" "\0e\00") "unknown section")
(assert_malformed (module binary "\00asm\01\00\00\00" "\7f\01\00") "unknown section")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01") "section without a size")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\80") "size that does not end")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\02\00") "size past the end")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\ff\ff\ff\ff\0f\00") "size of 4 GiB")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\02\00\00") "byte behind the types")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\01\00" "\01\01\00") "two type sections")
(assert_malformed (module binary "\00asm\01\00\00\00" "\03\01\00" "\01\01\00") "functions before types")
(assert_malformed (module binary "\00asm\01\00\00\00" "\07\01\00" "\06\01\00") "exports before globals")
(assert_malformed (module binary "\00asm\01\00\00\00" "\0b\01\00" "\0a\01\00") "data before code")
(assert_malformed (module binary "\00asm\01\00\00\00" "\0a\01\00" "\0c\01\00") "data count behind code")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\01\00" "\00") "half a section at the end")
(assert_malformed (module binary "\00asm\01\00\00\00" "\00\00") "custom section without a name")
(assert_malformed (module binary "\00asm\01\00\00\00" "\00\02\05a") "custom name past its section")
(assert_malformed (module binary "\00asm\01\00\00\00" "\00\03\02\c3\28") "custom name that is not UTF-8")

;; ---- Numbers in LEB128 ----

(assert_malformed (module binary "\00asm\01\00\00\00" "\01\06\80\80\80\80\80\00") "count of six bytes")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\05\ff\ff\ff\ff\1f") "count of more than 32 bits")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\05\80\80\80\80\10") "unused bits of a count")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\06\0b\01\7f\00\41\80\80\80\80\80\00\0b") "i32.const of six bytes")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\06\0a\01\7f\00\41\ff\ff\ff\ff\4f\0b") "unused bits of an i32.const")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\06\0f\01\7e\00\42\ff\ff\ff\ff\ff\ff\ff\ff\ff\7e\0b") "unused bits of an i64.const")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\05\0d\01\00\82\80\80\80\80\80\80\80\80\80\00") "memory limit of eleven bytes")

;; ---- Types ----

(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\61\00\00") "form of a type")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\05\01\60\01\10\00") "type of a parameter")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\02\7f") "parameter that is missing")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\02\60\00\00") "type that is missing")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\07\01\60\ff\ff\ff\ff\0f") "2^32-1 parameters")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\05\ff\ff\ff\ff\0f") "2^32-1 types")

;; ---- Imports and exports ----

(assert_malformed (module binary "\00asm\01\00\00\00" "\02\05\01\00\00\05\00") "kind of an import")
(assert_malformed (module binary "\00asm\01\00\00\00" "\02\07\01\01\ff\00\03\7f\00") "import name that is not UTF-8")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\02\08\01\00\02\c0\80\03\7f\00") "import name with a long form of U+0000")
(assert_malformed (module binary "\00asm\01\00\00\00" "\02\09\01\00\03\ed\a0\80\03\7f\00") "import name with half a surrogate")
(assert_malformed (module binary "\00asm\01\00\00\00" "\02\04\01\00\7fa") "import name past its section")
(assert_malformed (module binary "\00asm\01\00\00\00" "\02\06\01\00\00\03\7f\02") "mutability")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\05\03\01\00\01" "\07\05\01\01\80\02\00") "export name that is not UTF-8")
(assert_malformed (module binary "\00asm\01\00\00\00" "\05\03\01\00\01" "\07\05\01\01a\05\00") "kind of an export")
(assert_malformed (module binary "\00asm\01\00\00\00" "\05\03\01\00\01" "\07\08\02\01a\02\00\01b") "export that is cut short")
(assert_malformed (module binary "\00asm\01\00\00\00" "\07\05\ff\ff\ff\ff\0f") "2^32-1 exports")

;; ---- Memories, tables, globals ----

(assert_malformed (module binary "\00asm\01\00\00\00" "\05\03\01\10\01") "flags of a memory")
(assert_malformed (module binary "\00asm\01\00\00\00" "\05\03\01\01\01") "most pages that are missing")
(assert_malformed (module binary "\00asm\01\00\00\00" "\05\05\ff\ff\ff\ff\0f") "2^32-1 memories")
(assert_malformed (module binary "\00asm\01\00\00\00" "\04\04\01\7f\00\00") "element type of a table")
(assert_malformed (module binary "\00asm\01\00\00\00" "\04\04\01\70\10\00") "flags of a table")
(assert_malformed (module binary "\00asm\01\00\00\00" "\06\06\01\7f\02\41\00\0b") "mutability of a global")
(assert_malformed (module binary "\00asm\01\00\00\00" "\06\05\01\7f\00\41\00") "global without an end")
(assert_malformed (module binary "\00asm\01\00\00\00" "\06\05\ff\ff\ff\ff\0f") "2^32-1 globals")

;; ---- Functions and code ----

(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00") "function without code")
(assert_malformed (module binary "\00asm\01\00\00\00" "\0a\04\01\02\00\0b") "code without a function")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\03\02\00\00" "\0a\04\01\02\00\0b") "two functions, one code")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\04\01\03\00\0b") "code past its section")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\04\01\02\00\01") "code without an end")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\06\01\04\00\0b\01\0b") "code behind its end")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\05\01\03\00\ff\0b") "opcode ff")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\07\01\05\00\fc\ff\01\0b") "opcode fc ff")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\06\01\04\00\02\13\0b") "type of a block")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\09\01\07\00\0e\ff\ff\ff\ff\0f") "br_table of 2^32-1")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\0b\01\09\01\ff\ff\ff\ff\0f\7f\0b") "2^32-1 locals")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
    "\0a\10\01\0e\02\80\80\80\80\08\7f\80\80\80\80\08\7e\0b") "2^31 locals twice")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\06\01\04\01\01\40\0b") "type of a local")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\05\ff\ff\ff\ff\0f") "2^32-1 functions")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\05\ff\ff\ff\ff\0f") "2^32-1 codes")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\08\02\00\00" "\0a\04\01\02\00\0b") "byte behind the start")

;; ---- Elements and data ----

(assert_malformed (module binary "\00asm\01\00\00\00" "\09\02\01\09") "flags of an element segment")
(assert_malformed (module binary "\00asm\01\00\00\00" "\09\05\ff\ff\ff\ff\0f") "2^32-1 element segments")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\04\04\01\70\00\01" "\09\0a\01\00\41\00\0b\ff\ff\ff\ff\0f") "2^32-1 elements")
(assert_malformed (module binary "\00asm\01\00\00\00" "\05\03\01\00\01" "\0b\02\01\03") "flags of a data segment")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\05\03\01\00\01" "\0b\0a\01\00\41\00\0b\ff\ff\ff\ff\0f") "data of 4 GiB")
(assert_malformed (module binary "\00asm\01\00\00\00" "\05\03\01\00\01" "\0b\05\ff\ff\ff\ff\0f") "2^32-1 data segments")
(assert_malformed (module binary "\00asm\01\00\00\00" "\05\03\01\00\01" "\0c\01\01") "data count without data")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\05\03\01\00\01" "\0c\01\02" "\0b\06\01\00\41\00\0b\00") "data count of another number")

;; ---- Text that is no module: nothing of it becomes bytes ----

(assert_malformed (module quote "(func (i32.const))") "unexpected token")
(assert_malformed (module quote "(func (i32.const 0x1_0000_0000))") "constant out of range")
(assert_malformed (module quote "(func (local.get $nobody))") "unknown local")
(assert_malformed (module quote "(func $a) (func $a)") "duplicate func")
(assert_malformed (module quote "(memory 1") "unexpected end")
(assert_malformed (module quote "(func (i32.load align=3 (i32.const 0)))") "alignment")
(assert_malformed (module quote "(import \"a\" \"b\" (fun))") "unexpected token")
