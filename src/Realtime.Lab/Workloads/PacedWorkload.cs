namespace Realtime.Lab.Workloads;

/// <summary>Messages of one size into one channel at even distances.</summary>
internal static class PacedWorkload
{
    // {"c":0,"n":1234,"t":123456789,"p":""} without its filling; numbers and times have about so many digits in runs of this kind.
    private const int Frame = 37;

    public static Workload Create(double rate, TimeSpan duration, int payload)
    {
        byte[] filling = [.. "\"p\":\""u8, .. Enumerable.Repeat((byte)'x', Math.Max(0, payload - Frame)), .. "\""u8];
        var count = (int)(rate * duration.TotalSeconds);
        return new Workload(
            $"{rate:0} messages of {payload} bytes in a second",
            ["fanout"],
            [.. Enumerable.Range(0, count).Select(number => new WorkloadMessage(TimeSpan.FromSeconds(number / rate), 0, number, 0, filling))]);
    }
}
