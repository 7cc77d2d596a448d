using System.Text;
using Realtime.Lab.Wire;

namespace Realtime.Lab.Tests.Wire;

public class UnitAssemblerTests
{
    [Fact]
    public void Delimited_units_are_whole_wherever_the_stream_is_cut()
    {
        const string Stream = "data: 1\n\ndata: 2\n\n\n\ndata: three\n\nunfinished";
        Cuts.Everywhere(Encoding.ASCII.GetBytes(Stream), feed =>
        {
            var seen = new List<string>();
            var assembler = new UnitAssembler(units => seen.Add(Encoding.ASCII.GetString(units)));
            feed(piece => assembler.AppendDelimited(piece, "\n\n"u8));

            Assert.All(seen, units => Assert.EndsWith("\n\n", units));
            Assert.Equal("data: 1\n\ndata: 2\n\n\n\ndata: three\n\n", string.Concat(seen));
            Assert.Equal("unfinished".Length, assembler.Pending);
        });
    }

    [Fact]
    public void A_unit_whose_end_is_told_is_one_unit()
    {
        var seen = new List<string>();
        var assembler = new UnitAssembler(units => seen.Add(Encoding.ASCII.GetString(units)));

        assembler.Append("ab"u8, end: false);
        assembler.Append("cd"u8, end: true);
        assembler.Append("ef"u8, end: true);
        assembler.Append([], end: true);

        Assert.Equal(["abcd", "ef", ""], seen);
        Assert.Equal(0, assembler.Pending);
    }

    [Fact]
    public void A_handler_may_clear_what_it_is_handed()
    {
        UnitAssembler assembler = null!;
        assembler = new UnitAssembler(_ => assembler.Clear());

        assembler.AppendDelimited("begun, "u8, "\n"u8);
        assembler.AppendDelimited("ended\nbegun again"u8, "\n"u8);

        Assert.Equal(0, assembler.Pending);
    }
}
