using System.Globalization;
using Realtime.Lab.Servers;

namespace Realtime.Lab.Nodes;

/// <summary>Reads sums from a server's <c>/metrics</c>.</summary>
internal static class MetricsReader
{
    /// <summary>Messages and commits so far, from the histogram of commit sizes.</summary>
    /// <exception cref="LabException">The server tells neither.</exception>
    public static async Task<(double Messages, double Commits)> CommitsAsync(ServerTarget server, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = server.Url };
        var lines = (await client.GetStringAsync("metrics", cancellationToken).ConfigureAwait(false)).Split('\n');
        return (Value(lines, "_sum"), Value(lines, "_count"));
    }

    private static double Value(string[] lines, string ending)
    {
        var line = lines.FirstOrDefault(line => line.StartsWith("realtime_commit_size", StringComparison.Ordinal)
            && line.Split('{', ' ')[0].EndsWith(ending, StringComparison.Ordinal));
        // Name and labels, the value, and for some exporters a time.
        var fields = line?[(line.LastIndexOf('}') + 1)..].Trim().Split(' ');
        return fields is not null && double.TryParse(fields[^(fields.Length > 1 && line!.Contains('}') ? fields.Length : 1)], CultureInfo.InvariantCulture, out var value)
            ? value
            : 0;
    }
}
