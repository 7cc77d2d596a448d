using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>The file in which a node keeps how far it has read a stream: one line with the offset, the time and the name of the stream.</summary>
/// <remarks>Written anew and renamed, so that a crash leaves the old one or the new one. What can't be read or written is logged once and done without.</remarks>
internal sealed class OffsetFile(string path, string stream, TimeProvider time, ILogger logger)
{
    private const string TimeFormat = "O";

    private bool _hasTrouble;

    /// <returns>The offset of the newest frame that was handled; null where there is none that is young enough.</returns>
    internal long? Read(TimeSpan maxAge)
    {
        string line;
        try
        {
            if (!File.Exists(path))
                return null;
            line = File.ReadAllText(path).TrimEnd();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Tell(exception.Message);
            return null;
        }

        var fields = line.Split(' ', 3);
        if (fields.Length == 3
            && long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            && DateTimeOffset.TryParseExact(fields[1], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var written))
        {
            var age = time.GetUtcNow() - written;
            // From the future: the clock was set back, and the age is anybody's guess.
            return fields[2] == stream && age <= maxAge && age >= TimeSpan.Zero ? offset : null;
        }

        Tell("it is not what was written there.");
        return null;
    }

    internal void Write(long offset)
    {
        var full = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            var written = $"{full}.{Environment.ProcessId}.new";
            File.WriteAllText(written, string.Create(CultureInfo.InvariantCulture, $"{offset} {time.GetUtcNow().ToString(TimeFormat, CultureInfo.InvariantCulture)} {stream}\n"));
            File.Move(written, full, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Tell(exception.Message);
        }
    }

    private void Tell(string trouble)
    {
        if (_hasTrouble)
            return;
        _hasTrouble = true;
        Log.OffsetFileFailed(logger, path, trouble);
    }
}
