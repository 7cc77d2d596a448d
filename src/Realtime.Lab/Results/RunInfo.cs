using System.Reflection;
using System.Runtime.InteropServices;

namespace Realtime.Lab.Results;

/// <summary>What a figure needs beside it to mean anything: which code, which machine, which settings, when.</summary>
/// <param name="Command">What was run.</param>
/// <param name="Commit">The version and commit that was built.</param>
/// <param name="Machine">Processor, cores, system and runtime.</param>
/// <param name="Settings">Every setting that bears on the result.</param>
/// <param name="Started">When it began.</param>
public sealed record RunInfo(
    string Command,
    string Commit,
    string Machine,
    IReadOnlyDictionary<string, string> Settings,
    DateTimeOffset Started)
{
    /// <summary>Describes a run that begins now, on this machine.</summary>
    public static RunInfo Begin(string command, IReadOnlyDictionary<string, string> settings, TimeProvider timeProvider) => new(
        command,
        // The SDK writes the commit behind the version of what it builds.
        typeof(RunInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
        $"{Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
        settings,
        timeProvider.GetUtcNow());

    private static string Processor()
    {
        const string Information = "/proc/cpuinfo";
        var line = File.Exists(Information)
            ? File.ReadLines(Information).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':') + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
