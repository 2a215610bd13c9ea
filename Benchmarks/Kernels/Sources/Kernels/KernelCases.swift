/// All cases, in the order of the table.
enum KernelCases {
    static var all: [KernelCase] {
        ProductCases.all + FactorCases.all + SweepCases.all + TransformerCases.all
            + ElementwiseCases.all + ConversionCases.all + HashingCases.all
    }
}
