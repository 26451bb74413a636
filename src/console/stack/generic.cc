// Most of what explains nothing is derived from kernel sources (derived.inc). The rows by hand are what the text
// of sources does not show; each says why. They name functions as they stand in Linux of 2015 to 2025. A pattern is a name, or a name
// with "*" at its start, end or both for any text there. Plain names are looked up by hash, patterns are
// tried in turn, but only those with the name's first character.
#include "console/stack/generic.h"

#include <array>
#include <unordered_map>
#include <vector>

#include "console/stack/frame.h"

namespace culprit::console {
namespace {

struct Row {
  Families families;
  std::string_view patterns;  // separated by blanks
};

constexpr Row k_rows[] = {
    // Stack dumps and their unwinders: few places call them, in the name of all.
    {k_reporting,
     "show_trace dump_stack_lvl dump_backtrace show_stack show_stack_log_lvl show_trace_log_lvl "
     "unwind_backtrace walk_stackframe __show_regs show_regs show_registers __die die die_body "
     "die_kernel_fault dump_regs stack_trace_save* save_stack* __save_stack* print_stack_trace "
     "arch_stack_walk* stack_depot_* __stack_depot* sched_show_task _sched_show_task dump_cpu_task "
     "dump_trace show_state_filter* nmi_cpu_backtrace* nmi_trigger_* arch_trigger_* trigger_all_cpu* "
     "trigger_allbutself* trigger_single_cpu* __unwind_get_return* unwind_next_frame "
     "unwind_get_return_address* kernel_text_address __kernel_text_address is_bpf_text_address "
     "is_module_text_address show_backtrace c_backtrace dump_instr backtrace_* stacktrace_* "
     "show_regs_print_info dump_stack_print_info* print_context_stack unwind_dump is_valid_bugaddr "
     "check_hung_uninterruptible_tasks* debug_show_all_locks "
     // Padding in front of a function, and labels where no function starts.
     "__pfx_* __cfi_* __irqentry_text_* __sched_text_start __entry_text_* "},
    // Sanitizers and checkers: the compiler calls them, and options put them in.
    {k_reporting,
     "print_address_description* kasan_* __kasan_* __asan_* __hwasan_* asan_* print_report* "
     "check_memory_region* memory_is_poisoned* __kcsan_* kcsan_* __tsan_* kmsan_* __kmsan_* __msan_* "
     "ubsan_* __ubsan_* handle_overflow val_to_string kfence_* __kfence_* __sanitizer_cov_* __sanitizer_* "
     "check_kcov_mode kcov_* object_err print_trailer slab_err slab_bug report_error __fortify_* "
     "fortify_panic fortify_report __stack_chk_fail stack_chk_* instrument_* debug_print_object* "
     "debug_object_* __debug_object_* debug_check_no_obj_freed* __debug_check_no_obj_freed* usercopy_abort "
     "usercopy_warn check_heap_object* __check_heap_object* __check_object_size* check_object_size "
     "check_stack_object report_usercopy ref_tracker_* check_bytes_and_report check_slab* check_poison* "
     "set_track* kmemleak_* create_object __create_object delete_object* scan_object* klp_* arch_static_* "
     "kasan_end_report describe_object* print_track print_tags* metadata_update_state* print_bad_pte "
     "bad_page* dump_page* __dump_page* warn_slowpath* warn_on_slowpath report_bug* __report_bug handle_bug "
     "fixup_bug* "
     "should_fail* __should_fail* should_failslab __should_failslab should_fail_* bug_handler* brk_handler "
     "do_debug_exception call_break_hook call_el1_break_hook panic* nmi_panic oops_end oops_begin "
     "oops_exit no_context ____kasan_* assertfail btrfs_assertfail assfail asswarn xfs_assert* "
     "__reiserfs_panic reiserfs_panic __x86_indirect_* __x86_retpoline_* __x86_return_thunk perf_trace_* "
     "trace_event_raw_* __traceiter_* __bpf_trace_* stack_trace_* kfree_skbmem __panic print_tainted "
     "check_panic_on_warn skb_panic skb_over_panic skb_under_panic report_bug_entry print_bug* "
     "warn_bogus_irq_restore __fault_in_kernel_space debug_spin_* spin_bug spin_dump rwlock_bug* mutex_bug "
     "rt_mutex_bug check_region_inline bytes_is_nonzero memory_is_nonzero "
     // Assertions of file systems: in the name of who called.
     "gfs2_assert_* ocfs2_abort ubifs_assert_failed xfs_asswarn __btrfs_panic bch2_inconsistent_error "
     "spl_panic vcmn_err __warn_printf kunit_fail_current_test "
     // What a tracer puts between a function and its caller.
     "ftrace_call ftrace_caller ftrace_regs_call ftrace_regs_caller ftrace_graph_caller "
     "arch_ftrace_ops_list_func ftrace_ops_assist_func return_to_handler __fentry__ mcount"},
    // Traps: what runs between a faulting instruction and its report. The processor calls it.
    {k_reporting | k_fault,
     "exc_* asm_exc_* asm_sysvec_* do_error_trap do_trap do_invalid_op invalid_op do_general_protection "
     "general_protection do_page_fault __do_page_fault page_fault do_double_fault double_fault "
     "do_divide_error "
     "divide_error do_int3 do_bounds do_overflow do_alignment_check error_entry error_exit early_fixup* "
     "bad_area* __bad_area* mm_fault_error page_fault_oops kernelmode_fixup* do_kern_addr_fault "
     "do_user_addr_fault handle_page_fault trace_do_page_fault spurious_* pgtable_bad fixup_exception "
     "ex_handler_* search_exception_tables __do_kernel_fault do_kernel_fault do_mem_abort do_bad_area "
     "do_translation_fault do_alignment_fault do_sea do_tag_check_fault do_el0_* do_el1_* el1_abort el1_da "
     "el1_ia "
     "el1_sync* el1h_64_sync* el1_dbg el1_undef el1_inv el1_brk64 el0_inv el0_sync el0_da el0_ia bad_mode "
     "do_undefinstr do_undef __do_user_fault do_DataAbort do_PrefetchAbort "
     "arm_notify_die notify_die atomic_notifier_call_chain_die do_sp_pc_abort handle_exception "
     "data_access_common* data_access_exception program_check_common* program_check_exception "
     "bad_page_fault __bad_page_fault do_bad_page_fault* hash__do_page_fault interrupt_return* "
     "async_page_fault do_slb_fault ret_from_exception do_trap_* __do_pgm_check pgm_check_handler "
     // x86's rarer vectors, FRED and encrypted guests
     "handle_invalid_op fred_entry_from_kernel asm_fred_entrypoint_kernel fred_hwexc math_error "
     "do_coprocessor_error do_device_not_available do_invalid_TSS do_stack_segment do_segment_not_present "
     "do_machine_check handle_stack_overflow paranoid_exit paranoid_entry gp_try_fixup_and_notify "
     "stack_segment coprocessor_error device_not_available alignment_check vc_raw_handle_exception "
     "kernel_exc_vmm_communication "
     // arm64
     "el1_pc el1_bti el1_gcs el1_fpac el1_softstp el1_watchpt el1h_64_error* el1t_64_* do_serror "
     "arm64_serror_panic arm64_notify_die bug_brk_handler cfi_handler single_step_handler early_brk64 "
     "handle_bad_stack __bad_stack __panic_unhandled "
     // arm
     "__dabt_svc __und_svc __pabt_svc __fiq_svc do_sect_fault do_alignment baddataabort "
     // riscv, loongarch and mips
     "handle_break do_ade do_ale do_be do_bce do_bp do_cpu do_fpu do_mcheck do_reserved do_ri do_tr "
     "do_trap_or_bp do_watch handle_ade* handle_ale* handle_bp* handle_fpe* handle_reserved* handle_ri* "
     "handle_tr_int handle_tlb_* tlb_do_page_fault_* except_vec* "
     // powerpc
     "alignment_common* alignment_exception ___do_page_fault hash_fault do_hash_fault do_slb_interrupt "
     "unknown_exception emulation_assist_* machine_check_* do_program_check kernel_bad_stack _exception "
     // s390
     "do_dat_exception do_protection_exception do_exception do_no_context do_fault_error "
     "monitor_event_exception illegal_op addressing_exception default_trap_handler do_report_trap "
     "do_secure_storage_access"},
    // printk and the consoles below it: macros make it, tables of functions hold it.
    {k_reporting,
     "printk _printk vprintk* printk_* __printk_* console_unlock console_trylock* console_flush_* "
     "console_emit_* console_cpu_notify call_console_drivers* msg_print_text vscnprintf vsnprintf snprintf "
     "sprintf vsprintf dev_printk* dev_vprintk* __dev_printk _dev_* _printk_deferred printk_deferred "
     "log_store vprintk_store early_printk string string_nocheck number pointer va_format hex_string "
     "ip6_string "
     "widen_string resource_string bitmap_string bitmap_list_string mac_address_string "
     "ip6_compressed_string ip4_addr_string ip6_addr_string ip_addr_string escaped_string uuid_string "
     "netdev_bits fourcc_string address_val rtc_str time_str format_flags flags_string device_node_string "
     "fwnode_string fwnode_full_name_string dentry_name file_dentry_name bdev_name symbol_string "
     "special_hex_number error_string ptr_to_id restricted_pointer default_pointer bstr_printf seq_vprintf "
     "ip4_string format_decode dump_header warn_alloc* netdev_printk __netdev_printk __dynamic_pr_debug "
     "__dynamic_dev_dbg __dynamic_netdev_dbg __dynamic_ibdev_dbg console_lock_spinning_* print_hex_dump* "
     "univ8250_console_* "},
    // Memory and strings: assembler, built-in functions, one definition for each architecture.
    {k_memory,
     "memcpy __memcpy memmove __memmove memset __memset bcmp memscan memset_erms memset_orig memcpy_erms "
     "memcpy_orig memmove_erms __pi_mem* __pi_str* __arch_mem* memcpy_fromio memcpy_toio memcpy_mcsafe* "
     "__memcpy_mcsafe __memset16 memset16 memset32 memset64 memweight memzero* clear_page* copy_page "
     "copy_user_* __clear_user* clear_user* strncat strnchr strchrnul strnstr strpbrk strspn strcspn "
     "strndup_user kstrto* _kstrto* simple_strto* _parse_integer* copy_from_user* _copy_from_user* "
     "__copy_from_user* copy_to_user* _copy_to_user* __copy_to_user* _inline_copy_* arch_copy_* "
     "__arch_copy_* raw_copy_* __copy_user* _copy_from_iter* _copy_to_iter* *copy_to_user* "
     "*copy_from_user* copy_from_iter* copy_to_iter* copy_page_to_iter* copy_page_from_iter* copyin "
     "copyout copy_to_user_iter* copy_from_user_iter* memcpy_to_iter* memcpy_from_iter* "
     "iterate_and_advance* iterate_iovec iterate_bvec iterate_kvec iterate_xarray iterate_folioq "
     "iov_iter_copy* csum_partial* csum_and_copy_* do_csum __get_user* __put_user* get_user put_user "
     "probe_kernel_* copy_from_kernel_* strncpy_from_* do_strncpy_from_user strnlen_user __might_fault "
     "might_fault fault_in_* iov_iter_fault_in_* rep_movs* rep_stos* put_unaligned* get_unaligned* "
     "__put_unaligned* __get_unaligned* ___bpf_prog_run sg_copy_* read_word_at_a_time* "
     "load_unaligned_zeropad crc32* crc16* crc_itu_t* crc_ccitt* crc7* crc8* crc64* __crc32* __raw_readb "
     "__raw_readw __raw_readl __raw_readq __raw_writeb __raw_writew __raw_writel __raw_writeq readb readw "
     "readl readq writeb writew writel writeq logic_in* logic_out* inb inw inl outb outw outl ioread* "
     "iowrite* fortify_memcpy_chk fortify_memset_chk __real_str* __underlying_* kmemdup* kmemdup_nul "
     "kstrndup kasprintf kvasprintf* __memcpy_flushcache memcpy_and_pad strtomem* strreplace sort sort_r "
     "bsearch hex_dump_to_buffer bin2hex hex2bin kstrdup* kvmemdup* memdup_user* vmemdup_user* "
     "__write_once_size __read_once_size __arch_hweight* __sw_hweight* "
     "find_next_bit* find_next_zero_bit* find_next_and* find_next_or* find_next_clump8 find_first_bit "
     "find_first_zero_bit find_first_and* find_last_bit find_nth_* _find_next_* _find_first_* _find_last_bit "
     "_find_nth_* __find_nth_* "
     // Translation of addresses: what it asserts is about its argument.
     "__phys_addr* __virt_to_phys* virt_to_phys __phys_to_virt __virt_addr_valid* "},
    // Allocators.
    {k_allocation,
     "kmalloc* __kmalloc* __do_kmalloc* kzalloc* kcalloc* krealloc* kvmalloc* kvzalloc* kvcalloc* "
     "kvrealloc* kvfree* __kfree* kzfree kfree_const kvfree_sensitive kmem_cache_* __kmem_cache_* "
     "slab_alloc* slab_free* __slab_alloc* ___slab_alloc* __slab_free* slab_pre_alloc_hook* cache_alloc* "
     "cache_free* cache_grow* ____cache_alloc* fallback_alloc* new_slab* setup_object* unfreeze_partials* "
     "__unfreeze_partials* kmemcache_* large_kmalloc* __kmalloc_large* ___kmalloc_large* free_loc* "
     "alloc_page alloc_pages* __alloc_pages* __alloc_frozen_pages* alloc_frozen_pages* prep_compound_page* "
     "post_alloc_hook* __free_pages* free_pages* free_unref_* free_pcp* free_pcppages* free_the_page "
     "free_hot_cold* __free_one_page __free_pages_ok* free_pages_prepare* rmqueue* __rmqueue* "
     "__alloc_pages_slowpath* folio_alloc* __folio_alloc* vma_alloc_folio* alloc_frozen* "
     "free_frozen_pages* vmalloc* __vmalloc* vzalloc* __vfree* vfree* vunmap* __vunmap* alloc_vmap_area "
     "__get_vm_area_node module_alloc pcpu_alloc* __alloc_percpu* free_percpu* pcpu_* devm_kmalloc* "
     "devm_kzalloc devm_kmemdup mempool_* dma_pool_* dma_alloc_* free_partial* kfree_call_rcu* "
     "warn_alloc_* check_new_page* get_partial_node* devm_kcalloc devm_kasprintf devm_kstrdup "
     "devm_krealloc* sock_kmalloc sock_kfree_s sock_kzfree_s vmap vm_map_ram remove_vm_area "
     "filemap_alloc_folio* *page_cache_alloc* free_vmap_area* page_frag_alloc* __page_frag_* page_frag_free "
     "xas_nomem* "},
    // Lock debugging and locks: macros make most of their names.
    {k_locking,
     "lock_acquire* __lock_acquire* lock_release* __lock_release* lock_is_held* __lock_is_held* "
     "register_lock_class* look_up_lock_class* lockdep_* __lockdep_* check_prev_* check_noncircular* "
     "check_path* check_usage* check_irq_usage* check_deadlock* check_wait_context* check_lock_* "
     "validate_chain* mark_lock* mark_usage* mark_irqflags mark_held_locks* print_circular_bug* "
     "print_deadlock_bug* print_usage_bug* print_bad_irq_dependency* print_irq_inversion_bug* "
     "print_irq_lock_scenario* print_unlock_imbalance_bug* print_lock_* print_held_locks_bug* "
     "print_freed_lock_bug* print_kernel_ident* print_irqtrace* valid_state* debug_check_no_locks_* "
     "reacquire_held_locks* __lock_* lock_chain_* lookup_chain_cache* add_chain_cache* trace_hardirqs_* "
     "trace_softirqs_* trace_lock_* trace_irq_* perf_trace_lock* trace_contention_* lock_pin* lock_unpin* "
     "lock_set_class* lock_downgrade* down_write* down_read* up_read* down_interruptible down_killable "
     "down_trylock down_timeout down __down __down_* __up __up_* call_rwsem_* rwsem_* __rwsem_* rwbase_* "
     "rt_mutex_* "
     "__rt_mutex_* rt_spin_* rt_read_* rt_write_* rtlock_* mutex_lock* mutex_unlock* mutex_trylock* "
     "mutex_remove_waiter debug_mutex_* ldsem_* __ldsem_* tty_ldisc_lock* "
     "__mutex_* mutex_spin_* mutex_optimistic_* ww_mutex_* __ww_mutex_* spin_lock* spin_unlock* "
     "spin_trylock* __spin_* _spin_* _raw_spin_* __raw_spin_* do_raw_spin_* arch_spin_* raw_spin_* "
     "ticket_spin_* __ticket_* queued_spin_* native_queued_spin_* __pv_queued_spin_* pv_queued_spin_* "
     "osq_lock osq_unlock mcs_spin_* queued_read_* queued_write_* read_lock* read_unlock* write_lock* "
     "write_unlock* _raw_read_* _raw_write_* __raw_read_* __raw_write_* do_raw_read_* do_raw_write_* "
     "seqcount_* read_seqbegin* read_seqretry* read_seqlock* write_seqlock* do_write_seqcount* "
     "do_raw_write_seqcount* __read_seqcount* __seqprop* percpu_down_read* percpu_up_read* "
     "percpu_down_write percpu_up_write __percpu_down_read* percpu_rwsem_* local_bh_* __local_bh_* "
     "_local_bh_* bit_spin_* hlist_bl_lock hlist_bl_unlock lock_timer_base* _lock_timer* lg_local_* "
     "lg_global_* lg_double_* "
     "__srcu_read_* srcu_read_* srcu_lock_* srcu_gp_* __might_sleep* ___might_sleep* might_sleep* "
     "__might_resched* __cant_* __cant_sleep* cant_sleep check_preemption_disabled* debug_smp_processor_id "
     "__this_cpu_preempt_check preempt_count_* csd_* __csd_* lock_sock* __lock_sock* release_sock* "
     "bh_lock_sock* task_rq_lock* __task_rq_lock* reiserfs_write_lock* folio_unlock unlock_page "
     "reiserfs_write_unlock* ct_irq_* context_tracking_* lockevent_* check_same_owner "
     "print_shortest_lock_* arch_local_irq_* arch_local_save_* arch_irqs_disabled* native_save_fl "
     "native_restore_fl native_irq_* "},
    // The scheduler itself: it is where a hang shows, whoever called it.
    {k_scheduling,
     "schedule __schedule* schedule_timeout* schedule_preempt_* schedule_hrtimeout* schedule_idle "
     "schedule_debug* __schedule_bug preempt_schedule* ___preempt_schedule* __cond_resched* _cond_resched "
     "cond_resched* context_switch switch_to __switch_to* finish_task_switch finish_lock_switch* "
     "schedule_user raw_spin_rq_* pick_next_* put_prev_* preempt_schedule_irq try_to_wake_up ttwu_* "
     "wake_up_process wake_up_state wake_up_q "},
    // What waits in it: a statement about hangs, not about who calls it.
    {k_waiting,
     "io_schedule* prepare_to_wait* finish_wait wait_woken wait_for_common* __wait_for_common* "
     "do_wait_for_common* do_wait_for_* wait_for_completion* wait_on_bit* __wait_on_bit* "
     "out_of_line_wait_* bit_wait* wait_bit_* wait_on_page_bit* wait_on_page_* *fdatawait* folio_wait_bit* "
     "folio_wait_* __lock_page* __folio_lock* folio_lock* lock_page* lock_buffer __lock_buffer "
     "__wait_on_buffer wait_on_buffer __wait_event* sleep_on_* __sleep_on_* msleep* usleep_range* "
     "synchronize_srcu* __synchronize_srcu* synchronize_rcu_tasks* wait_rcu_gp* __wait_rcu_gp* "
     "rcu_barrier* __flush_work flush_work* flush_delayed_work __flush_workqueue flush_workqueue* "
     "drain_workqueue __wake_up* wake_up_bit wake_up_var __cancel_work* cancel_work_sync "
     "cancel_delayed_work* blk_flush_plug* rq_qos_wait freezing_slow_path __refrigerator try_to_freeze* "
     "freezer_* do_nanosleep hrtimer_nanosleep common_nsleep* crypto_wait_req* kthread_flush_* "
     "__synchronize_hardirq finish_swait prepare_to_swait* swake_up_* complete complete_all "
     "exp_funnel_lock default_wake_function autoremove_wake_function woken_wake_function kthread_park "
     "flush_rcu_work "},
    // Containers, counters, bits, and what an assertion in a device's or inode's life says of its owner.
    {k_data,
     "refcount_* __refcount_* kref_* list_add* list_del* list_move* list_splice* list_empty* list_sort* "
     "llist_add* llist_del* plist_add plist_del __list_* hlist_* __hlist_* rb_erase* __rb_erase* "
     "rb_insert_color* __rb_insert* __rb_change_child* __rb_rotate* rb_link_node* rb_set_parent* "
     "rb_replace_node* rb_first* rb_last* rb_next rb_prev rb_next_postorder rb_add* rb_find* radix_tree_* "
     "__radix_tree_* xas_* __xas_* xa_* __xa_* atomic_* atomic64_* "
     "arch_atomic* raw_atomic* ktime_* cmpxchg* xchg* __xchg* __cmpxchg* test_bit* set_bit* clear_bit* "
     "__set_bit __clear_bit test_and_* __test_and_* constant_test_bit variable_test_bit __bitmap_* "
     "kobject_* kobj_* kset_* get_device put_device _test_and_* jhash* __jhash* get_unaligned_* cpumask_* "
     "__cpumask_* fls fls64 fls_long ffs ffs64 ffz arch_test_bit generic_test_bit const_test_bit _test_bit "
     "arch_static_branch* "
     "rust_helper_* core::panicking::* core::option::* core::result::* core::slice::* <core::* alloc::* "
     "<alloc::* rust_begin_unwind __rustc::rust_begin_unwind device_add device_del device_register "
     "device_unregister device_create* device_destroy get_device_parent* kobject_uevent* "
     "rollback_registered* unregister_netdevice* skb_put* __skb_put* skb_push* __skb_push* dput fast_dput "
     "iput drop_nlink inc_nlink clear_nlink set_nlink ihold sysfs_* dpm_sysfs_* *_is_static_object "
     "simple_copy_to_iter klist_* sk_stop_timer* sk_reset_timer mod_timer* add_timer* del_timer* "
     "timer_delete* try_to_del_timer* "
     "__try_to_del_timer* timer_shutdown* __timer_delete* sched_clock* kvm_sched_clock_read kvm_clock_* "
     "pvclock_* native_sched_clock local_clock* read_tsc queue_rcu_work irq_work_queue* usb_unlink_urb "
     "queue_work* queue_delayed_work* mod_delayed_work* find_get_entries find_lock_entries find_get_page* "
     "pagecache_get_page __filemap_get_folio filemap_get_* truncate_inode_pages* do_read_cache_* "
     "usb_kill_urb usb_poison_* usb_kill_anchored_urbs usb_free_urb tty_unregister_device kfree_skb* "
     "__unregister_client i2c_unregister_device i2c_del_adapter device_for_each_child* bus_for_each_* "
     "devres_* release_nodes device_release *atomic_dec_and_lock* mark_buffer_dirty* kthread_stop* "
     "hwrng_unregister "},
    // Where everybody's objects are in one queue, wheel or free list, or the validator walks its own graph: the
    // neighbour is broken, or the order of locks, and neither is the caller's. Reports on mailing lists are named
    // after them.
    {k_named,
     "qlist_free_all free_block deactivate_slab enqueue_timer detach_if_pending hrtimer_start_range_ns "
     "remove_wait_queue add_wait_queue add_wait_queue_exclusive prepare_to_wait prepare_to_wait_exclusive "
     "skb_dequeue skb_unlink __skb_unlink skb_queue_tail skb_queue_head consume_skb usb_free_urb "
     "usb_kill_anchored_urbs fs_reclaim_acquire* __fs_reclaim_acquire __bfs zap_class "
     "clear_page clear_page_erms clear_page_rep clear_page_orig __do_softirq handle_softirqs "
     "lockdep_register_key lockdep_unregister_key "
     "percpu_down_write flush_workqueue_prep_pwqs "},
    // Entry code: assembler.
    {k_entry,
     "entry_SYSCALL_* entry_SYSENTER_* entry_INT80_* do_syscall_* __do_syscall_* x64_sys_call "
     "ia32_sys_call do_fast_syscall_* __do_fast_syscall_* do_int80_* do_SYSENTER_* sysenter_* "
     "ret_from_fork* kernel_thread_* ret_fast_syscall __sys_trace_return el0_svc* el0t_64_sync* "
     "el0t_32_sync* invoke_syscall do_el0_svc system_call* syscall_* tracesys* int_ret_from_sys_call "
     "secondary_startup_* start_secondary start_kernel x86_64_start_* cpu_startup_entry rest_init "
     "common_interrupt ret_from_intr do_IRQ __do_softirq do_softirq* irq_exit* irq_enter* __irq_exit* "
     "handle_softirqs invoke_softirq* call_on_irq_stack do_softirq_own_stack* apic_timer_interrupt "
     "smp_apic_timer_interrupt* sysvec_* asm_common_* interrupt_entry restore_regs* retint_* ret_to_user* "
     "work_pending exit_to_user_mode* exit_to_usermode_loop prepare_exit_to_usermode irqentry_* "
     "syscall_exit_* syscall_enter_* syscall_return_slowpath asm_* gic_handle_irq el1_irq el1h_64_irq* "
     "el1_interrupt el0_irq do_interrupt_handler handle_domain_irq generic_handle_* handle_irq* "
     "handle_percpu_* handle_edge_irq handle_fasteoi_irq __handle_irq_event_percpu __handle_domain_irq "
     "__irq_svc __irq_usr "},
    // RCU, and the stall that it finds by itself: a statement about stalls.
    {k_rcu,
     "rcu_is_watching* rcu_read_lock* rcu_read_unlock* __rcu_read_* rcu_lock_* rcu_dynticks* rcu_core* "
     "rcu_do_batch rcu_process_callbacks __rcu_process_callbacks rcu_cblist_* rcu_note_* rcu_qs "
     "rcu_softirq_qs rcu_irq_* rcu_nmi_* rcu_eqs_* rcu_dump_cpu_stacks* rcu_check_callbacks* "
     "rcu_sched_clock_irq* rcu_pending* print_cpu_stall* print_other_cpu_stall* check_cpu_stall* "
     "rcu_stall_* rcu_iw_* debug_lockdep_rcu_* rcu_preempt_deferred_* __call_rcu* call_rcu* "},
    // The clock tick, which finds stalls.
    {k_timer_tick,
     "update_process_times tick_sched_* tick_nohz_* tick_periodic tick_handle_periodic* "
     "__hrtimer_run_queues hrtimer_interrupt __run_hrtimer local_apic_timer_interrupt __sysvec_apic_* "
     "watchdog_timer_fn arch_timer_handler_* watchdog_overflow_callback watchdog_hardlockup_* "
     "is_hardlockup perf_event_nmi_handler nmi_handle* default_do_nmi do_nmi end_repeat_nmi asm_exc_nmi* "
     "nmi_restore __perf_event_overflow perf_event_overflow intel_pmu_* "},
};

constexpr Row k_derived[] = {
#include "console/stack/derived.inc"
};

// Functions that call whatever was registered with them.
constexpr std::string_view k_dispatchers =
    // work, threads, timers, interrupts
    "process_one_work process_scheduled_works worker_thread kthread kthread_worker_fn proc_reg_write "
    "proc_reg_read proc_reg_unlocked_ioctl task_work_run "
    "smpboot_thread_fn run_ksoftirqd call_timer_fn expire_timers __run_timers run_timer_softirq "
    "__run_timer_base "
    "run_timer_base __hrtimer_run_queues __run_hrtimer hrtimer_run_* do_softirq* __do_softirq "
    "handle_softirqs "
    "tasklet_action* rcu_do_batch rcu_core rcu_core_si rcu_process_callbacks irq_exit* "
    "__handle_irq_event_percpu handle_irq_event* ret_from_fork* start_secondary cpu_startup_entry "
    "rest_init do_one_initcall do_initcalls "
    // system calls
    "do_syscall_64 do_syscall_x64 do_syscall_32_* do_int80_* do_fast_syscall_32 __do_fast_syscall_32 "
    "entry_SYSCALL_* entry_SYSENTER_* sysenter_dispatch tracesys* system_call* int_ret_from_sys_call "
    "ret_fast_syscall __sys_trace_return el0_svc_naked el0_svc_handler invoke_syscall el0_svc_common "
    "do_el0_svc "
    "el0_svc x64_sys_call ia32_sys_call syscall_common syscall_exit "
    // files
    "vfs_ioctl do_vfs_ioctl vfs_read vfs_write __vfs_read __vfs_write ksys_read ksys_write new_sync_read "
    "new_sync_write call_read_iter call_write_iter do_iter_read do_iter_write do_iter_readv_writev "
    "do_loop_readv_writev vfs_readv vfs_writev vfs_iter_read vfs_iter_write vfs_fsync_range iterate_dir "
    "do_splice_from do_splice_to vfs_mmap call_mmap __fput do_dentry_open vfs_poll do_sys_poll do_select "
    "compat_do_ioctl __do_compat_sys_ioctl compat_SyS_ioctl compat_sys_ioctl ksys_ioctl *_sys_ioctl "
    "SyS_ioctl SYSC_ioctl *_compat_ioctl vfs_fallocate "

    // mappings
    "mmap_region __mmap_region __mmap_new_vma __do_fault "
    // sockets and network
    "sock_sendmsg sock_sendmsg_nosec __sock_sendmsg sock_recvmsg sock_recvmsg_nosec __sock_recvmsg "
    "sock_ioctl sock_do_ioctl "
    "nfnetlink_rcv_msg "
    "blkdev_driver_ioctl __blkdev_driver_ioctl blkdev_ioctl block_ioctl compat_blkdev_ioctl "
    "rtnetlink_rcv_msg __netif_receive_skb* netif_receive_skb* "
    "process_backlog net_rx_action __napi_poll napi_poll ops_exit_list dev_hard_start_xmit "
    "__sys_setsockopt __sys_getsockopt do_sock_setsockopt";

bool matches(std::string_view pattern, std::string_view name) {
  const bool front = pattern.starts_with('*');
  const bool back = pattern.ends_with('*');
  if (front) pattern.remove_prefix(1);
  if (back && !pattern.empty()) pattern.remove_suffix(1);
  if (front && back) return name.find(pattern) != std::string_view::npos;
  if (front) return name.ends_with(pattern);
  if (back) {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return name.starts_with(pattern);
    return name.starts_with(pattern.substr(0, star)) &&
           name.find(pattern.substr(star + 1), star) != std::string_view::npos;
  }
  return name == pattern;
}

class Matcher {
 public:
  void add(std::string_view patterns, Families families) {
    while (!patterns.empty()) {
      const std::size_t blank = patterns.find(' ');
      const std::string_view pattern = patterns.substr(0, blank);
      if (!pattern.empty()) {
        if (pattern.find('*') == std::string_view::npos) {
          m_names[pattern] |= families;
        } else {
          const bool anywhere = pattern.front() == '*';
          m_patterns[anywhere ? 0 : static_cast<unsigned char>(pattern.front())].push_back(
              {{families, pattern}, pattern.substr(0, pattern.find('*'))});
        }
      }
      if (blank == std::string_view::npos) break;
      patterns.remove_prefix(blank + 1);
    }
  }
  Families find(std::string_view name) const {
    if (name.empty()) return 0;
    Families families = 0;
    if (const auto it = m_names.find(name); it != m_names.end()) families |= it->second;
    for (const std::size_t bucket :
         {std::size_t{0}, static_cast<std::size_t>(static_cast<unsigned char>(name.front()))}) {
      for (const Pattern& p : m_patterns[bucket]) {
        if (!name.starts_with(p.front) || (families & p.row.families) == p.row.families) continue;
        if (matches(p.row.patterns, name)) families |= p.row.families;
      }
    }
    return families;
  }

 private:
  struct Pattern {
    Row row;                 // of this pattern alone
    std::string_view front;  // of it, up to its first "*"
  };
  std::unordered_map<std::string_view, Families> m_names;
  std::array<std::vector<Pattern>, 256>
      m_patterns;  // by their first character; 0 for those that begin with "*"
};

}  // namespace

Families families_of(std::string_view function) {
  static const Matcher matcher = [] {
    Matcher m;
    for (const Row& row : k_rows) m.add(row.patterns, row.families);
    for (const Row& row : k_derived) m.add(row.patterns, row.families);
    return m;
  }();
  return matcher.find(base_name(function));
}

bool matches_any(std::string_view patterns, std::string_view function) {
  return matches_any_exactly(patterns, base_name(function));
}

bool matches_any_exactly(std::string_view patterns, std::string_view name) {
  while (!patterns.empty()) {
    const std::size_t blank = patterns.find(' ');
    const std::string_view pattern = patterns.substr(0, blank);
    if (!pattern.empty() && matches(pattern, name)) return true;
    if (blank == std::string_view::npos) break;
    patterns.remove_prefix(blank + 1);
  }
  return false;
}

bool is_dispatcher(std::string_view function) {
  static const Matcher matcher = [] {
    Matcher m;
    m.add(k_dispatchers, 1);
    return m;
  }();
  return matcher.find(base_name(function)) != 0;
}

}  // namespace culprit::console
