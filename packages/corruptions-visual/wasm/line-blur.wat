;; The two inner loops of a line blur. Both read and write up to the next multiple of 16 values: the caller leaves
;; room behind the last row.
;;
;; widenRow copies `count` bytes into int32.
;; blurRow makes one row of the result: out[j] = (start + sum over taps of weight * value[j + offset]) >> 22, for `count` bytes.
;; Values and weights are int32, so the sums are exact; sixteen of them are kept in registers at a time.
(module
  (memory (import "blur" "memory") 1)
  (func (export "widenRow")
    (param $from i32) (param $to i32) (param $count i32)   ;; addresses; bytes to read
    (local $end i32)
    (local.set $end (i32.add (local.get $from) (local.get $count)))
    (loop $values
      (v128.store (local.get $to)
        (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (v128.load32_zero (local.get $from)))))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (local.set $from (i32.add (local.get $from) (i32.const 4)))
      (br_if $values (i32.lt_u (local.get $from) (local.get $end)))))
  (func (export "blurRow")
    (param $row i32)      ;; address of the first value of the row, before a tap's offset
    (param $out i32)      ;; address of the first byte to write
    (param $count i32)    ;; bytes to write
    (param $taps i32)     ;; address of the taps: pairs of int32, offset in bytes and weight
    (param $tapsEnd i32)
    (param $start i32)
    (local $end i32) (local $tap i32) (local $from i32) (local $weight v128) (local $initial v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end (i32.add (local.get $out) (local.get $count)))
    (local.set $initial (i32x4.splat (local.get $start)))
    (loop $values
      (local.set $a (local.get $initial))
      (local.set $b (local.get $initial))
      (local.set $c (local.get $initial))
      (local.set $d (local.get $initial))
      (local.set $tap (local.get $taps))
      (loop $each
        (local.set $from (i32.add (local.get $row) (i32.load (local.get $tap))))
        (local.set $weight (v128.load32_splat offset=4 (local.get $tap)))
        (local.set $a (i32x4.add (local.get $a) (i32x4.mul (local.get $weight) (v128.load (local.get $from)))))
        (local.set $b (i32x4.add (local.get $b) (i32x4.mul (local.get $weight) (v128.load offset=16 (local.get $from)))))
        (local.set $c (i32x4.add (local.get $c) (i32x4.mul (local.get $weight) (v128.load offset=32 (local.get $from)))))
        (local.set $d (i32x4.add (local.get $d) (i32x4.mul (local.get $weight) (v128.load offset=48 (local.get $from)))))
        (local.set $tap (i32.add (local.get $tap) (i32.const 8)))
        (br_if $each (i32.lt_u (local.get $tap) (local.get $tapsEnd))))
      (v128.store (local.get $out)
        (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_s
            (i32x4.shr_s (local.get $a) (i32.const 22))
            (i32x4.shr_s (local.get $b) (i32.const 22)))
          (i16x8.narrow_i32x4_s
            (i32x4.shr_s (local.get $c) (i32.const 22))
            (i32x4.shr_s (local.get $d) (i32.const 22)))))
      (local.set $row (i32.add (local.get $row) (i32.const 64)))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (br_if $values (i32.lt_u (local.get $out) (local.get $end))))))
