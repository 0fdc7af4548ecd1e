//! Known answers: the first numbers of named streams and the first samples of each distribution.
//!
//! They are fixed for ever: whoever changes one changes every result of every scenario. The samples are
//! compared bit by bit, so a `libm` that rounds otherwise is noticed here, as is a platform that does.

use penult_sim::{BufferedStream, Delay, Distribution, Draw, Purpose, Seed, Span, Stream};

#[test]
fn streams_begin_as_ever() {
    let known: [(u64, Purpose, u64, [u64; 4]); 12] = [
        (
            1,
            Purpose::LINK_LATENCY,
            0,
            [
                0x2d36_f146_6523_019d,
                0x7919_1cdc_1a4d_5072,
                0xd352_2b39_d105_a532,
                0xdd85_64d5_00b1_2377,
            ],
        ),
        (
            1,
            Purpose::LINK_LATENCY,
            7,
            [
                0xc50b_f3d6_cbf7_8071,
                0x19b3_1d46_bc52_0ff3,
                0x5743_137e_6042_783a,
                0x5def_2c12_be02_19a5,
            ],
        ),
        (
            1,
            Purpose::LINK_LOSS,
            7,
            [
                0x85a6_4a66_da66_5a59,
                0x77e3_c823_f740_2339,
                0xfaff_b771_91aa_fc28,
                0x5bec_f066_5598_534e,
            ],
        ),
        (
            1,
            Purpose::FAULT_UP_TIME,
            3,
            [
                0x4bb8_f9b0_17e1_4733,
                0xbec2_32be_ae0b_7815,
                0xb53f_1e6c_ed47_486b,
                0x1677_a9ae_f67c_200b,
            ],
        ),
        (
            1,
            Purpose::of_models(0),
            12,
            [
                0x28ca_be09_3244_7c8e,
                0x2526_c85c_238f_d5b5,
                0x7c06_0928_2302_932d,
                0x745f_1b64_ac82_aec4,
            ],
        ),
        (
            1,
            Purpose::of_models(1),
            (1 << 48) - 1,
            [
                0x4649_5f4f_cb96_7e92,
                0x6448_a8d1_2a5c_cf9c,
                0xcb1b_a461_3044_a259,
                0x8d87_f9dc_ace3_1c1e,
            ],
        ),
        (
            2,
            Purpose::LINK_LATENCY,
            0,
            [
                0x8742_22ac_0260_4d13,
                0x38cc_1abe_e5fe_f291,
                0xbce4_3711_bbe1_a4da,
                0xd359_da9d_01ff_4c82,
            ],
        ),
        (
            2,
            Purpose::LINK_LATENCY,
            7,
            [
                0xa261_6c48_182c_b3cb,
                0x3a95_9ca0_2c46_a8fb,
                0x99f9_1268_543e_184a,
                0xe7b6_0e13_e062_47f2,
            ],
        ),
        (
            2,
            Purpose::LINK_LOSS,
            7,
            [
                0x081e_2fa0_5313_83f7,
                0x08d4_8903_4406_42fc,
                0xaea9_154f_bd66_1d5f,
                0x372f_fb52_ba0f_1acb,
            ],
        ),
        (
            2,
            Purpose::FAULT_UP_TIME,
            3,
            [
                0x73c1_574f_e55d_f2e9,
                0x75e2_18d9_d9de_7a4b,
                0xef78_189b_21e4_b4e7,
                0x88b6_62dd_f588_1786,
            ],
        ),
        (
            2,
            Purpose::of_models(0),
            12,
            [
                0xd48f_4ac5_685c_f172,
                0xe12d_2c9d_8c9a_7ac0,
                0xd009_ae96_9d67_8c62,
                0x830e_12cf_7459_fa46,
            ],
        ),
        (
            2,
            Purpose::of_models(1),
            (1 << 48) - 1,
            [
                0xe364_c594_0c25_8524,
                0xba3a_ea73_97bb_137e,
                0x44e1_5b1d_93c5_012d,
                0x23ce_a20d_7a56_0bbe,
            ],
        ),
    ];
    for (number, purpose, entity, expected) in known {
        let seed = Seed::new(number);
        let mut stream = Stream::new(purpose, entity);
        let mut buffered = BufferedStream::new(purpose, entity);
        let got = [(); 4].map(|()| stream.next(&seed));
        assert_eq!(
            got, expected,
            "seed {number}, {purpose:?}, entity {entity}: {got:#018x?}"
        );
        assert_eq!([(); 4].map(|()| buffered.next(&seed)), expected);
    }
}
