using System.Globalization;

namespace Realtime.Lab.Meters;

/// <summary>How many files and sockets a process may have open. The runtime has already raised it as far as it may.</summary>
internal static class DescriptorLimit
{
    private const string Limits = "/proc/self/limits", Name = "Max open files";

    /// <summary>The limit of this process, which servers that it starts inherit; null where the system does not tell.</summary>
    public static long? Current()
    {
        if (!File.Exists(Limits))
            return null;
        var line = File.ReadLines(Limits).FirstOrDefault(text => text.StartsWith(Name, StringComparison.Ordinal));
        var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return long.TryParse(soft, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }
}
