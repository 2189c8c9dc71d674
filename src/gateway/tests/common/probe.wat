;; The canister that clients call. A counter at 0; the argument of a message is loaded at 1024.
(module
  (import "ic0" "msg_arg_data_size" (func $arg_size (result i32)))
  (import "ic0" "msg_arg_data_copy" (func $arg_copy (param i32 i32 i32)))
  (import "ic0" "msg_caller_size" (func $caller_size (result i32)))
  (import "ic0" "msg_caller_copy" (func $caller_copy (param i32 i32 i32)))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "msg_reply" (func $reply))
  (import "ic0" "msg_reject" (func $reject (param i32 i32)))
  (import "ic0" "msg_method_name_size" (func $method_size (result i32)))
  (import "ic0" "accept_message" (func $accept))
  (import "ic0" "call_new" (func $call_new (param i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "ic0" "call_data_append" (func $call_append (param i32 i32)))
  (import "ic0" "call_perform" (func $perform (result i32)))
  (import "ic0" "time" (func $time (result i64)))
  (import "ic0" "global_timer_set" (func $timer_set (param i64) (result i64)))
  (import "ic0" "trap" (func $trap (param i32 i32)))

  (memory 64)
  (table funcref (elem $ended $ended))
  (@custom "icp:public candid:service" "service : { count : () -> (nat32) }")
  (@custom "icp:private secret" "for controllers")
  ;; DIDL, no types, one value: a nat32.
  (data (i32.const 16) "DIDL\00\01\79")
  (data (i32.const 64) "told to trap")
  (data (i32.const 96) "told to reject")
  (data (i32.const 128) "stop_canister")
  (data (i32.const 160) "it has ended")
  (data (i32.const 512) "{page}")

  (func $answer_count
    (call $append (i32.const 16) (i32.const 7))
    (call $append (i32.const 0) (i32.const 4))
    (call $reply))
  (func $increment
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))))
  (func (export "canister_update count")
    (call $increment)
    (call $answer_count))
  (func (export "canister_query counted") (call $answer_count))

  (func (export "canister_query whoami")
    (call $caller_copy (i32.const 1024) (i32.const 0) (call $caller_size))
    (call $append (i32.const 1024) (call $caller_size))
    (call $reply))

  (func (export "canister_update repeat")
    (call $arg_copy (i32.const 1024) (i32.const 0) (call $arg_size))
    (call $append (i32.const 1024) (call $arg_size))
    (call $reply))

  (func (export "canister_update fail_now") (call $trap (i32.const 64) (i32.const 12)))
  (func (export "canister_query trap_query") (call $trap (i32.const 64) (i32.const 12)))
  (func (export "canister_update reject") (call $reject (i32.const 96) (i32.const 14)))

  ;; Counts a second later.
  (func (export "canister_update later")
    (drop (call $timer_set (i64.add (call $time) (i64.const 1000000000))))
    (call $answer_count))
  (func (export "canister_global_timer") (call $increment))

  ;; Calls stop_canister with the argument, and answers when that has ended.
  (func (export "canister_update stop_by_canister")
    (call $arg_copy (i32.const 1024) (i32.const 0) (call $arg_size))
    (call $call_new
      (i32.const 0) (i32.const 0)
      (i32.const 128) (i32.const 13)
      (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0))
    (call $call_append (i32.const 1024) (call $arg_size))
    (drop (call $perform)))
  (func $ended (param i32)
    (call $append (i32.const 160) (i32.const 12))
    (call $reply))

  ;; Of the methods with four letters, users are turned away.
  (func (export "canister_update shut")  (call $answer_count))
  (func (export "canister_inspect_message")
    (if (i32.ne (call $method_size) (i32.const 4)) (then (call $accept))))

  (func (export "canister_query http_request")
    (call $append (i32.const 512) (i32.const {length}))
    (call $reply)))
