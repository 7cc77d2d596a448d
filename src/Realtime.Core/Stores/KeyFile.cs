using System.Runtime.InteropServices;

namespace Realtime.Stores;

/// <summary>A secret in a file that its owner alone may read, as one line of Base64.</summary>
public static partial class KeyFile
{
    /// <summary>The secret in the file, or <paramref name="candidate"/> once it is durably there.</summary>
    /// <remarks>Of several processes that start at once, one wins and the others load its secret.</remarks>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <param name="candidate">What is kept where there is no file yet.</param>
    /// <param name="minBytes">A file with a shorter secret is refused.</param>
    /// <exception cref="RealtimeException">The file holds something else, or can't be read or made.</exception>
    public static byte[] LoadOrCreate(string path, byte[] candidate, int minBytes)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        var file = Path.GetFullPath(path);
        try
        {
            if (File.Exists(file)) return Load(file, minBytes);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            return Create(file, candidate) ? candidate : Load(file, minBytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RealtimeException($"The key file {file} can't be read or made: {error.Message}", isTransient: false, error);
        }
    }

    private static byte[] Load(string file, int minBytes)
    {
        var text = File.ReadAllText(file).Trim();
        var secret = new byte[text.Length];
        return Convert.TryFromBase64String(text, secret, out var length) && length >= minBytes
            ? secret[..length]
            : throw new RealtimeException(
                $"The key file {file} holds no key of at least {minBytes} bytes in Base64: restore it, or delete it to have a new one made.",
                isTransient: false);
    }

    // Written aside and moved, so that a reader or a power loss never meets half a key.
    private static bool Create(string file, byte[] secret)
    {
        var aside = $"{file}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using (var stream = new FileStream(aside, options))
            {
                stream.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(secret) + "\n"));
                stream.Flush(flushToDisk: true);
            }

            return Publish(aside, file);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    /// <summary>Gives the finished file its name; false when another process was first.</summary>
    private static bool Publish(string aside, string file)
    {
        // Only a link is refused by the system itself when the name is taken: elsewhere than on Windows, a move looks first and then replaces.
        if (!OperatingSystem.IsWindows())
            return Link(aside, file) == 0 || (File.Exists(file) ? false : throw new IOException($"It can't be linked (error {Marshal.GetLastPInvokeError()})."));
        try
        {
            File.Move(aside, file, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(file))
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);
}
