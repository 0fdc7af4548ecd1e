//! Known answers: the first numbers of named streams and the first samples of each distribution.
//!
//! They are fixed for ever: whoever changes one changes every result of every scenario. The samples are
//! compared bit by bit, so a `libm` that rounds otherwise is noticed here, as is a platform that does.

use penult_sim::{BufferedStream, Delay, Distribution, Draw, Purpose, Seed, Span, Stream};
use rand::Rng;

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
        let mut buffered = BufferedStream::new(purpose, entity, &seed);
        let got = [(); 4].map(|()| stream.next(&seed));
        assert_eq!(got, expected, "seed {number}, {purpose:?}, entity {entity}: {got:#018x?}");
        assert_eq!([(); 4].map(|()| buffered.next_u64()), expected);
    }
}

#[test]
fn samples_begin_as_ever() {
    let known: [(&str, Result<Distribution, _>, [u64; 4]); 11] = [
        (
            "constant",
            Distribution::constant(3.5),
            [
                0x400c_0000_0000_0000,
                0x400c_0000_0000_0000,
                0x400c_0000_0000_0000,
                0x400c_0000_0000_0000,
            ],
        ),
        (
            "uniform",
            Distribution::uniform(1e6, 5e6),
            [
                0x4151_4406_5ddb_2c63,
                0x4148_526d_b8cf_c525,
                0x412e_a1ef_bdc2_06fc,
                0x4147_c06f_d7ab_be4e,
            ],
        ),
        (
            "exponential",
            Distribution::exponential(5e6),
            [
                0x4128_5231_96a4_a966,
                0x4165_7cfd_fa6e_84db,
                0x4161_4f8c_f85c_aff9,
                0x4115_25d1_80bb_00eb,
            ],
        ),
        (
            "normal",
            Distribution::normal(5e6, 1e6),
            [
                0x4154_90bb_fd64_590a,
                0x414a_5664_116b_329c,
                0x4152_2c8f_95f2_00c0,
                0x4152_b9c5_a66d_4709,
            ],
        ),
        (
            "normal, truncated",
            Distribution::normal(-1.0, 2.0),
            [
                0x4000_bbef_6582_aed3,
                0x3fea_e081_ce95_83d4,
                0x3fbe_2f38_5023_3160,
                0x4001_fcaf_de6d_a621,
            ],
        ),
        (
            "normal, a tail",
            Distribution::normal(-20.0, 1.0),
            [
                0x3f9d_4b8f_ed6d_bc00,
                0x3f9f_c488_8cd7_3400,
                0x3fab_448d_7462_2600,
                0x3fa7_69f8_4128_5a00,
            ],
        ),
        (
            "lognormal",
            Distribution::log_normal(16.0, 0.5),
            [
                0x4173_50de_3d3c_1f9b,
                0x4162_8fbe_8d22_ddcc,
                0x414a_a920_94a0_b5cb,
                0x415c_84ce_5f6e_c7ec,
            ],
        ),
        (
            "lognormal by percentiles",
            Distribution::log_normal_median_p99(20e6, 80e6),
            [
                0x417a_ace2_2423_0e04,
                0x4164_ca9d_5a2e_d808,
                0x4167_bde1_2a8f_85b8,
                0x4157_fe23_6317_c6f2,
            ],
        ),
        (
            "pareto",
            Distribution::pareto(1e6, 2.5),
            [
                0x4131_b254_dbae_9844,
                0x4134_814f_3724_bd35,
                0x4135_e69a_aaee_0930,
                0x412e_a590_dc7c_1ff0,
            ],
        ),
        (
            "weibull",
            Distribution::weibull(3.6e12, 0.7),
            [
                0x4274_c9c4_72bc_5f57,
                0x428c_4bcb_e5f6_eeb2,
                0x4284_75e8_697e_48db,
                0x422c_1e4d_63fe_8ed5,
            ],
        ),
        (
            "empirical",
            Distribution::empirical((1..=1000).map(f64::from).collect()),
            [
                0x4086_2800_0000_0000,
                0x405d_4000_0000_0000,
                0x403b_0000_0000_0000,
                0x4082_f800_0000_0000,
            ],
        ),
    ];
    for (entity, (name, distribution, expected)) in (0..).zip(known) {
        let distribution = distribution.expect(name);
        let seed = Seed::new(1);
        let mut stream = Stream::new(Purpose::of_models(7), entity);
        let got = [(); 4].map(|()| distribution.sample(&mut stream.with(&seed)).to_bits());
        assert_eq!(got, expected, "{name}: {got:#018x?}");
    }
}

#[test]
fn delays_begin_as_ever() {
    let seed = Seed::new(1);
    let mut stream = BufferedStream::new(Purpose::LINK_LATENCY, 7, &seed);
    let uniform = Delay::from_nanos(Distribution::uniform(1e6, 5e6).unwrap());
    let got = [(); 4].map(|()| uniform.sample(&mut stream));
    assert_eq!(got, [1_921_145, 4_598_443, 3_636_531, 3_532_277].map(Span::nanos));
}

#[test]
fn draws_begin_as_ever() {
    let seed = Seed::new(1);
    let mut stream = Stream::new(Purpose::FAULT_CHOICE, 0);
    let mut draw = stream.with(&seed);
    assert_eq!([(); 8].map(|()| draw.below(1000)), [840, 480, 764, 128, 745, 47, 730, 833]);
    assert_eq!(
        [(); 4].map(|()| draw.unit().to_bits()),
        [
            0x3fc5_e0a6_c7de_9c9c,
            0x3fad_9d12_6f93_9390,
            0x3fd2_4b9a_319a_fa42,
            0x3fe8_3986_2c2d_6e39
        ]
    );
    assert_eq!(
        [(); 8].map(|()| draw.chance(0.5)),
        [true, false, false, true, true, true, false, false]
    );
}
